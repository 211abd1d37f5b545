import Bytes
import Testing

@testable import MQTTWire

/// MQTT 5 section 2.2.2.
@Suite struct PropertiesTests {
    private static func read(_ bytes: [UInt8], in place: PropertyPlace) throws(DecodeError) -> Properties {
        var reader = ByteReader(0..<bytes.count)
        return try Properties.read(bytes.span.bytes, &reader, in: place)
    }

    private static func fault(_ bytes: [UInt8], in place: PropertyPlace) -> DecodeError? {
        do throws(DecodeError) {
            _ = try read(bytes, in: place)
            return nil
        } catch { return error }
    }

    /// A valid value of each form.
    private static func example(_ id: PropertyID) -> [UInt8] {
        switch id.form {
        case .flag: [id.rawValue, 1]
        case .twoBytes: [id.rawValue, 0, 7]
        case .fourBytes: [id.rawValue, 0, 0, 1, 7]
        case .variableByteInteger: [id.rawValue, 0x80, 0x01]
        case .text, .binary: [id.rawValue, 0, 2, 0x61, 0x62]
        case .textPair: [id.rawValue, 0, 1, 0x61, 0, 1, 0x62]
        }
    }

    private static func list(_ content: [UInt8]) -> [UInt8] { [UInt8(content.count)] + content }

    private static let places: [PropertyPlace] = [.connect, .will, .connack, .publish, .acknowledgement, .subscribe, .unsubscribe, .disconnect, .auth]

    @Test func `table 2-4 has 27 properties, each only where it may stand`() {
        #expect(PropertyID.allCases.count == 27)
        var allowed = 0
        for id in PropertyID.allCases {
            for place in Self.places {
                let error = Self.fault(Self.list(Self.example(id)), in: place)
                if id.places.contains(place) {
                    #expect(error == nil, "\(id) in \(place): \(error!)")
                    allowed += 1
                } else {
                    #expect(error == DecodeError(.invalid, at: 1, in: "Property Identifier"))
                }
            }
        }
        #expect(allowed == 54)
    }

    @Test func `each may stand once, but for user properties, and a message's subscription identifiers`() {
        for id in PropertyID.allCases {
            for place in Self.places where id.places.contains(place) {
                let once = Self.example(id)
                let error = Self.fault(Self.list(once + once), in: place)
                let mayRepeat = id == .userProperty || id == .subscriptionIdentifier && place == .publish
                #expect((error == nil) == mayRepeat, "\(id) in \(place)")
            }
        }
    }

    @Test func `a value that is cut off is told, wherever it ends`() {
        for id in PropertyID.allCases {
            let whole = Self.example(id)
            let place = Self.places.first { id.places.contains($0) }!
            for count in 1..<whole.count {
                #expect(Self.fault(Self.list(Array(whole.prefix(count))), in: place)?.reason == .truncated, "\(id), \(count) bytes")
            }
        }
        // The list itself is longer than the packet.
        #expect(Self.fault([5, 0x01, 1], in: .publish)?.reason == .truncated)
    }

    @Test func `values that are forbidden`() {
        // A flag of 2; 3.3.2.3.2 and others.
        #expect(Self.fault(Self.list([0x01, 2]), in: .publish) == DecodeError(.invalid, at: 2, in: "Property"))
        // Receive Maximum, Maximum Packet Size, Topic Alias, Subscription Identifier of 0.
        for bytes: ([UInt8], PropertyPlace) in [([0x21, 0, 0], .connack), ([0x27, 0, 0, 0, 0], .connack), ([0x23, 0, 0], .publish), ([0x0B, 0], .publish)] {
            #expect(Self.fault(Self.list(bytes.0), in: bytes.1)?.reason == .invalid)
        }
        // Text with U+0000, and text that is no UTF-8.
        #expect(Self.fault(Self.list([0x03, 0, 1, 0]), in: .publish)?.reason == .invalid)
        #expect(Self.fault(Self.list([0x03, 0, 2, 0xC0, 0x80]), in: .publish)?.reason == .invalid)
        // A length in more bytes than needed [MQTT-1.5.5-1], and one of five bytes.
        #expect(Self.fault([0x80, 0x00], in: .publish)?.reason == .invalid)
        #expect(Self.fault([0x80, 0x80, 0x80, 0x80, 0x01], in: .publish)?.reason == .invalid)
        // An identifier that no version has.
        #expect(Self.fault(Self.list([0x7F]), in: .publish) == DecodeError(.invalid, at: 1, in: "Property Identifier"))
    }

    @Test func `what is set is written, read and found again`() throws {
        var properties = Properties()
        properties.isPayloadText = true
        properties.messageExpiryInterval = 3600
        properties.contentType = "application/json"
        properties.responseTopic = "answers/1"
        properties.correlationData = [1, 2, 3]
        properties.userProperties = [UserProperty("a", "1"), UserProperty("a", "2"), UserProperty("ä", "")]
        var bytes: [UInt8] = []
        bytes.append(properties)
        let read = try Self.read(bytes, in: .publish)
        #expect(read == properties)
        #expect(read.isPayloadText && read.messageExpiryInterval == 3600 && read.contentType == "application/json")
        #expect(read.responseTopic == "answers/1" && read.correlationData == [1, 2, 3])
        #expect(read.userProperties == [UserProperty("a", "1"), UserProperty("a", "2"), UserProperty("ä", "")])
        #expect(read["a"] == "1" && read["ä"] == "" && read["b"] == nil)
    }

    @Test func `setting one anew replaces it, and nil removes it`() {
        var properties = Properties()
        properties.contentType = "a"
        properties.messageExpiryInterval = 1
        properties.contentType = "b"
        #expect(properties.contentType == "b" && properties.messageExpiryInterval == 1)
        properties.contentType = nil
        properties.messageExpiryInterval = nil
        #expect(properties.isEmpty)
        properties.userProperties = [UserProperty("a", "1")]
        properties.userProperties = []
        #expect(properties.isEmpty)
    }

    @Test func `what MQTT cannot carry is noticed when it is set`() {
        for set: (inout Properties) -> Void in [
            { $0.contentType = "a\0b" }, { $0.responseTopic = String(repeating: "x", count: 65_536) },
            { $0.correlationData = [UInt8](repeating: 0, count: 65_536) }, { $0.userProperties = [UserProperty("a", "\0")] },
        ] {
            var properties = Properties()
            #expect(!properties.isUnencodable)
            set(&properties)
            #expect(properties.isUnencodable && !properties.isEmpty)
        }
    }

    @Test func `subscription identifiers of several subscriptions are all found`() throws {
        let properties = try Self.read([7, 0x0B, 1, 0x0B, 0x80, 0x01, 0x01, 1], in: .publish)
        #expect(properties.subscriptionIdentifiers == [1, 128])
    }
}
