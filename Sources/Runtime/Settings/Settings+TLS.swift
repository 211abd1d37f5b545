import Linux
import Settings

extension Configuration.Broker {
    /// The stream that MQTT goes over: the connected one, or TLS over it.
    func transport(over stream: any Transport) -> any Transport {
        usesTLS ? TLSTransport(over: stream, tls, host: host) : stream
    }

    /// Everything that the broker proves is taken on trust.
    var isUnverified: Bool { usesTLS && tls.isInsecure }
}
