#if Tools
import NIOCore

/// The end of the channel's pipeline: hands bytes to the client's core, and reads only while that takes them.
final class SessionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let core: ClientCore
    private let connection: UInt64

    init(_ core: ClientCore, connection: UInt64) {
        self.core = core
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // By WebSocket the channel has been active for long; what is written before the upgrade is complete would be lost.
        guard context.channel.isActive else { return }
        let channel = context.channel
        context.eventLoop.assumeIsolated().execute { self.core.transportOpened(self.connection, channel) }
    }

    func channelActive(context: ChannelHandlerContext) {
        core.transportOpened(connection, context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        core.received(connection, unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        core.step()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if core.isReading { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.failed(connection, error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        core.transportEnded(connection)
        context.fireChannelInactive()
    }
}
#endif
