import Bytes

/// A broker for one client, written from the specification and without the library's packets: naive, and strict with its client.
struct BrokerModel {
    /// A message of its publishers, or one that the client has published: known by its number.
    struct Message: Equatable {
        var number: UInt32
        var qos: UInt8
    }

    /// A message on its way to the client.
    struct Outgoing {
        var message: Message
        var id: UInt16
        /// PUBREC has come.
        var isReleased = false
        /// It has been sent before, on any connection.
        var wasSent = false
        var isOnConnection = false
    }

    /// What it complains of: the test fails.
    var complaints: [String] = []
    let isFive: Bool
    /// Its own limit for the client.
    var receiveMaximum = 65_535
    var aliasMaximum: UInt16 = 0

    // The session.
    var hasSession = false
    var isPersistent = false
    var filters: [String: UInt8] = [:]
    var queue: [Outgoing] = []
    var nextID: UInt16 = 1
    /// Packet identifiers of QoS 2 whose PUBREL has not come.
    var incoming: Set<UInt16> = []

    // What it has taken on: numbers of the client's messages in their order, each as often as it went to subscribers.
    var accepted: [Message] = []
    /// Numbers that the client has acknowledged to it: PUBACK, or PUBREC.
    var acknowledged: Set<UInt32> = []

    // The connection.
    var isConnected = false
    var isOpen = false
    var clientWindow = 0
    var clientAliases: UInt16 = 0
    private var input: [UInt8] = []
    var toClient: [UInt8] = []
    private var aliases: [UInt16: String] = [:]
    /// Messages of the client that are not done with on this connection.
    private var unfinished: Set<UInt16> = []
    /// The order in which its messages went out on this connection, for the order of the acknowledgements.
    private var sentIDs: [UInt16] = []
    /// Answers that are kept back for a while, as a busy broker does.
    var held: [[UInt8]] = []
    var holds = false

    init(isFive: Bool) { self.isFive = isFive }

    mutating func complain(_ text: String) { complaints.append(text) }

    // MARK: The connection

    mutating func open() {
        isOpen = true
        isConnected = false
        input = []
        toClient = []
        held = []
        aliases = [:]
        unfinished = []
        sentIDs = []
        clientAliases = 0
        clientWindow = 65_535
    }

    mutating func lose() {
        isOpen = false
        isConnected = false
        for index in queue.indices { queue[index].isOnConnection = false }
        if !isPersistent { forget() }
    }

    /// The session is gone, as after its expiry or the loss of what the broker had in memory.
    mutating func forget() {
        hasSession = false
        filters = [:]
        queue = []
        incoming = []
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        input += bytes
        while isOpen, let (first, body) = nextPacket() { handle(first, body) }
    }

    private mutating func nextPacket() -> (UInt8, [UInt8])? {
        guard input.count >= 2 else { return nil }
        var length = 0
        var position = 1
        while true {
            guard position < input.count else { return nil }
            let digit = input[position]
            length += Int(digit % 128) << (7 * (position - 1))
            position += 1
            if digit < 128 { break }
        }
        guard input.count >= position + length else { return nil }
        let body = Array(input[position..<position + length])
        let first = input[0]
        input.removeFirst(position + length)
        return (first, body)
    }

    private mutating func say(_ bytes: [UInt8]) { toClient += bytes }

    private mutating func answer(_ bytes: [UInt8]) {
        if holds { held.append(bytes) } else { say(bytes) }
    }

    mutating func letGo() {
        toClient += held.joined()
        held = []
    }

    static func packet(_ first: UInt8, _ body: [UInt8]) -> [UInt8] {
        var rest = body.count
        var header = [first]
        repeat {
            header.append(UInt8(rest % 128) + (rest >= 128 ? 128 : 0))
            rest /= 128
        } while rest > 0
        return header + body
    }

    static func number(_ value: UInt16) -> [UInt8] { [UInt8(value / 256), UInt8(value % 256)] }
    static func string(_ text: String) -> [UInt8] { number(UInt16(text.utf8.count)) + text.utf8 }

    // MARK: Packets of the client

    private mutating func handle(_ first: UInt8, _ body: [UInt8]) {
        var reader = Reader(body: body)
        guard isConnected || first == 0x10 else { return complain("first packet is \(first)") }
        switch first {
        case 0x10: connect(&reader)
        case 0x30...0x3F: publish(first, &reader)
        case 0x40: acknowledge(reader.number(), isRelease: false)
        case 0x50: receivedByClient(reader.number())
        case 0x62:
            let id = reader.number()
            let isKnown = incoming.remove(id) != nil
            unfinished.remove(id)
            answer(Self.packet(0x70, Self.number(id) + (isFive && !isKnown ? [0x92] : [])))
        case 0x70: acknowledge(reader.number(), isRelease: true)
        case 0x82: subscribe(&reader)
        case 0xA2:
            let id = reader.number()
            if isFive { _ = reader.properties() }
            var codes: [UInt8] = []
            while !reader.isAtEnd { codes.append(filters.removeValue(forKey: reader.string()) == nil ? 0x11 : 0) }
            answer(Self.packet(0xB0, Self.number(id) + (isFive ? [0] + codes : [])))
        case 0xC0: answer([0xD0, 0])
        case 0xE0: lose()
        default: complain("packet type \(first)")
        }
        if !reader.isSound { complain("packet \(first) is malformed: \(body)") }
    }

    private mutating func connect(_ reader: inout Reader) {
        guard !isConnected else { return complain("second CONNECT") }
        if reader.string() != "MQTT" || reader.byte() != (isFive ? 5 : 4) { complain("protocol") }
        let flags = reader.byte()
        _ = reader.number()
        let properties = isFive ? reader.properties() : [:]
        clientWindow = Int(properties[0x21] ?? 65_535)
        clientAliases = UInt16(properties[0x22] ?? 0)
        let identifier = reader.string()
        if identifier.isEmpty { complain("no client identifier") }
        if flags & 4 != 0 {
            if isFive { _ = reader.properties() }
            _ = reader.string()
            _ = reader.string()
        }
        if flags & 0x80 != 0 { _ = reader.string() }
        if flags & 0x40 != 0 { _ = reader.string() }
        let isClean = flags & 2 != 0
        if isClean { forget() }
        isPersistent = isFive ? properties[0x11] ?? 0 > 0 : !isClean
        let isPresent = hasSession
        hasSession = true
        isConnected = true
        var said: [UInt8] = [isPresent ? 1 : 0, 0]
        if isFive {
            var list: [UInt8] = []
            if receiveMaximum < 65_535 { list += [0x21] + Self.number(UInt16(receiveMaximum)) }
            if aliasMaximum > 0 { list += [0x22] + Self.number(aliasMaximum) }
            said += [UInt8(list.count)] + list
        }
        say(Self.packet(0x20, said))
        resend()
    }

    private mutating func publish(_ first: UInt8, _ reader: inout Reader) {
        let qos = first >> 1 & 3
        var topic = reader.string()
        let id = qos > 0 ? reader.number() : 0
        if isFive, let alias = reader.properties()[0x23] {
            let alias = UInt16(alias)
            if alias == 0 || alias > aliasMaximum { complain("alias \(alias)") }
            if topic.isEmpty { topic = aliases[alias] ?? "" } else { aliases[alias] = topic }
        }
        let payload = reader.rest()
        guard qos < 3, qos == 0 || id > 0, topic == "from/client", payload.count >= 4 else {
            return complain("PUBLISH \(first) to \(topic), identifier \(id), \(payload.count) bytes")
        }
        let message = Message(number: payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, qos: qos)
        guard qos > 0 else { return accepted.append(message) }
        if !unfinished.insert(id).inserted { complain("identifier \(id) is in use") }
        if unfinished.count > receiveMaximum { complain("more than \(receiveMaximum) at a time") }
        if qos == 1 {
            accepted.append(message)
            unfinished.remove(id)
            answer(Self.packet(0x40, Self.number(id)))
        } else {
            if incoming.insert(id).inserted {
                accepted.append(message)
            } else if first & 8 == 0 {
                complain("identifier \(id) is in use, and this is no duplicate")
            }
            answer(Self.packet(0x50, Self.number(id)))
        }
    }

    private mutating func subscribe(_ reader: inout Reader) {
        let id = reader.number()
        if isFive { _ = reader.properties() }
        var codes: [UInt8] = []
        while !reader.isAtEnd {
            let filter = reader.string()
            let qos = reader.byte() & 3
            if filter.hasPrefix("denied") {
                codes.append(isFive ? 0x87 : 0x80)
            } else {
                filters[filter] = qos
                codes.append(qos)
            }
        }
        if codes.isEmpty { complain("SUBSCRIBE without filter") }
        answer(Self.packet(0x90, Self.number(id) + (isFive ? [0] : []) + codes))
    }

    // MARK: Messages for the client

    var window: Int { min(clientWindow, 20) }

    /// One of its publishers has a message.
    mutating func send(_ message: Message) {
        guard let granted = filters["to/#"], hasSession else { return }
        let qos = min(granted, message.qos)
        guard qos > 0 else {
            if isConnected { say(Self.publish(first: 0x30, id: 0, number: message.number, isFive: isFive)) }
            return
        }
        while queue.contains(where: { $0.id == nextID }) { nextID = nextID == .max ? 1 : nextID + 1 }
        queue.append(Outgoing(message: Message(number: message.number, qos: qos), id: nextID))
        nextID = nextID == .max ? 1 : nextID + 1
        resend()
    }

    private static func publish(first: UInt8, id: UInt16, number: UInt32, isFive: Bool) -> [UInt8] {
        var body = string("to/client")
        if first & 6 != 0 { body += Self.number(id) }
        if isFive { body.append(0) }
        body += [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
        return packet(first, body)
    }

    private mutating func resend() {
        guard isConnected else { return }
        var onConnection = queue.count { $0.isOnConnection }
        for index in queue.indices where !queue[index].isOnConnection && onConnection < window {
            let entry = queue[index]
            if entry.isReleased {
                say(Self.packet(0x62, Self.number(entry.id)))
            } else {
                say(
                    Self.publish(
                        first: 0x30 | entry.message.qos << 1 | (entry.wasSent ? 8 : 0), id: entry.id, number: entry.message.number, isFive: isFive))
                sentIDs.append(entry.id)
            }
            queue[index].isOnConnection = true
            queue[index].wasSent = true
            onConnection += 1
        }
    }

    private func index(_ id: UInt16) -> Int? { queue.firstIndex { $0.id == id && $0.isOnConnection } }

    /// Acknowledgements come in the order of the messages, of which some may be left out.
    private mutating func checkOrder(_ id: UInt16) {
        guard let place = sentIDs.firstIndex(of: id) else { return complain("\(id) is acknowledged out of order") }
        sentIDs.removeFirst(place + 1)
    }

    /// PUBACK or PUBCOMP.
    private mutating func acknowledge(_ id: UInt16, isRelease: Bool) {
        guard let index = index(id), queue[index].message.qos == (isRelease ? 2 : 1), queue[index].isReleased == isRelease else {
            return complain("\(id) is acknowledged, but not in flight")
        }
        if !isRelease {
            checkOrder(id)
            acknowledged.insert(queue[index].message.number)
        }
        queue.remove(at: index)
        resend()
    }

    private mutating func receivedByClient(_ id: UInt16) {
        guard let index = index(id), queue[index].message.qos == 2 else { return complain("\(id): PUBREC for nothing") }
        if !queue[index].isReleased { checkOrder(id) }
        queue[index].isReleased = true
        acknowledged.insert(queue[index].message.number)
        say(Self.packet(0x62, Self.number(id)))
    }
}

/// Reads a packet's body; what is missing is noted, not thrown.
private struct Reader {
    var body: [UInt8]
    var position = 0
    var isSound = true

    var isAtEnd: Bool { position >= body.count }

    mutating func byte() -> UInt8 {
        guard position < body.count else {
            isSound = false
            return 0
        }
        position += 1
        return body[position - 1]
    }

    mutating func number() -> UInt16 {
        let high = UInt16(byte())
        return high << 8 | UInt16(byte())
    }

    mutating func string() -> String {
        let count = Int(number())
        return String(decoding: (0..<count).map { _ in byte() }, as: UTF8.self)
    }

    mutating func length() -> Int {
        var value = 0
        var shift = 0
        while true {
            let digit = byte()
            value |= Int(digit & 127) << shift
            shift += 7
            if digit < 128 { return value }
        }
    }

    /// The numbers among the properties, by identifier; texts are passed over.
    mutating func properties() -> [UInt8: UInt32] {
        let end = length() + position
        var found: [UInt8: UInt32] = [:]
        while position < end, isSound {
            let id = byte()
            switch id {
            case 0x21, 0x22, 0x23, 0x13: found[id] = UInt32(number())
            case 0x11, 0x27, 0x02, 0x18: found[id] = UInt32(number()) << 16 | UInt32(number())
            case 0x01, 0x17, 0x19: found[id] = UInt32(byte())
            case 0x0B: found[id] = UInt32(length())
            case 0x26:
                _ = string()
                _ = string()
            case 0x03, 0x08, 0x09, 0x15: _ = string()
            default: isSound = false
            }
        }
        if position != end { isSound = false }
        return found
    }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = body.count }
        return body[position...]
    }
}
