#if Tools
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens transports: TCP, TLS, Unix sockets, WebSocket. Addresses of both families are raced as RFC 8305 has it, which is NIO's doing.
struct Connector {
    let eventLoop: any EventLoop
    let tls: MQTTTLS
    let timeout: TimeAmount

    /// A channel whose bytes are MQTT's, with what `setUp` puts into it.
    func connect(to address: BrokerAddress, _ setUp: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
        switch address.transport {
        case .unix(let path):
            return try await ClientBootstrap(group: eventLoop).connectTimeout(timeout)
                .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try setUp(channel) } }
                .connect(unixDomainSocketPath: path).get()
        case .tcp(let host, let port, let isEncrypted):
            let secure = try secure(host, isEncrypted)
            return try await bootstrap.channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try secure(channel)
                    try setUp(channel)
                }
            }.connect(host: host, port: port).get()
        case .webSocket(let host, let port, let path, let isEncrypted):
            return try await webSocket(bootstrap, host, port, path, try secure(host, isEncrypted), setUp)
        }
    }

    private func secure(_ host: String, _ isEncrypted: Bool) throws -> @Sendable (any Channel) throws -> Void {
        guard isEncrypted else { return { _ in } }
        let context = try tls.context()
        // NIOSSL refuses an address as server name; without one it compares the certificate's addresses with the peer's.
        let name = tls.serverName ?? (Self.isAddress(host) ? nil : host)
        return { channel in
            try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: context, serverHostname: name))
        }
    }

    private static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    // MARK: WebSocket

    private func webSocket(
        _ bootstrap: ClientBootstrap, _ host: String, _ port: Int, _ path: String, _ secure: @escaping @Sendable (any Channel) throws -> Void,
        _ setUp: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let timeout = timeout
        let name = host.contains(":") ? "[\(host)]" : host
        let request = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: path,
            headers: ["Host": "\(name):\(port)", "Sec-WebSocket-Protocol": "mqtt", "Content-Length": "0"])
        let upgraded = try await bootstrap.connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try secure(channel)
                let upgrader = NIOTypedWebSocketClientUpgrader<any Channel>(
                    maxFrameSize: 1 << 20,
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(WebSocketFrames())
                            try setUp(channel)
                            return channel
                        }
                    })
                let upgrade = NIOTypedHTTPClientUpgradeConfiguration<any Channel>(
                    upgradeRequestHead: request, upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.close(promise: nil)
                        return channel.eventLoop.makeFailedFuture(NoWebSocket(path: path))
                    })
                let result = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                    configuration: NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade))
                // A server that accepts the connection and says nothing.
                let late = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
                return result.always { _ in late.cancel() }
            }
        }
        return try await upgraded.get()
    }
}

/// The server at the other end answers HTTP, but not by WebSocket.
struct NoWebSocket: Error, CustomStringConvertible {
    let path: String
    var description: String { "the server does not speak WebSocket at \(path)" }
}

/// MQTT's bytes in binary WebSocket frames: chapter 6. Frames have no meaning of their own [MQTT-6.0.0-2].
final class WebSocketFrames: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private var isFragmented = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .binary, .continuation:
            context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
        case .ping:
            let answer = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        case .pong: break
        default:
            // A text frame is no MQTT [MQTT-6.0.0-1]; a close frame ends it.
            context.close(promise: nil)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let frame = WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(frame), promise: promise)
    }
}
#endif
