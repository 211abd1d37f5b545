import Config
import Linux

extension Configuration.TLS {
    /// The same to the transport.
    fileprivate var settings: TLSSettings {
        var settings = TLSSettings()
        settings.caFile = caFile
        settings.caPath = caPath
        settings.usesSystemCA = systemCA
        settings.certificate = certificate
        settings.key = key
        settings.serverName = serverName
        settings.alpn = alpn
        settings.isInsecure = isInsecure
        return settings
    }
}

extension Configuration.Broker {
    /// The stream that MQTT goes over: the connected one, or TLS over it.
    func transport(over stream: any Transport) -> any Transport {
        tls.isEnabled ? TLSTransport(over: stream, tls.settings, host: host) : stream
    }

    /// The broker's certificate is not verified.
    var isUnverified: Bool { tls.isEnabled && tls.isInsecure }
}

extension Configuration {
    /// What is wrong with files that TLS needs.
    package var complaints: [Complaint] {
        guard broker.tls.isEnabled else { return [] }
        do throws(TLSError) {
            try broker.tls.settings.check()
            return []
        } catch .file(let file, let path, let problem) {
            return [Complaint(key: file.key, "\(path): \(problem)")]
        } catch {
            return [Complaint(key: "mqtt.broker.tls.enabled", error.explanation)]
        }
    }
}
