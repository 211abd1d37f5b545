import Bluetooth
import Gateway
import Linux

/// `--list-adapters`: the adapters that the kernel has, for people or as JSON for programs.
package enum AdapterList {
    package static func show(json: Bool) -> ExitCode {
        let adapters: [AdapterFacts]
        do throws(SystemError) {
            let isBluetoothdRunning = Programs.isRunning("bluetoothd")
            adapters = try BluetoothAdapter.all().map { AdapterFacts($0, isBluetoothdRunning: isBluetoothdRunning) }
        } catch {
            guard error.isUnsupported else { return fail(.system, "blemqttd: \(error)") }
            return fail(
                .system,
                "blemqttd: this kernel has no Bluetooth (\(error)): run  modprobe bluetooth  or, in a container, share the host's network")
        }
        for adapter in adapters {
            guard let note = adapter.note else { continue }
            remark("blemqttd: \(adapter.adapter.name): whether it supports extended scanning is unknown: \(note)")
        }
        if adapters.isEmpty, let advice = AbsenceAdvice.ofThisMachine.text { remark("blemqttd: \(advice)") }
        if json { return output(Self.json(adapters)) }
        if adapters.isEmpty { return output("no Bluetooth adapters\n") }
        return output(table(adapters))
    }

    /// Columns as wide as what they hold.
    private static func table(_ adapters: [AdapterFacts]) -> String {
        let rows = [["ADAPTER", "ADDRESS", "BUS", "STATE", "LE", "EXTENDED", "HELD BY"]] + adapters.map(cells)
        let widths = rows[0].indices.map { column in rows.map { $0[column].utf8.count }.max()! }
        return rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.utf8.count) }
                .joined(separator: "  ").trimmed + "\n"
        }.joined()
    }

    private static func cells(_ facts: AdapterFacts) -> [String] {
        let state =
            switch facts.adapter.radio {
            case .open: facts.adapter.isUp ? "up" : "down"
            case .softBlocked: "blocked (soft)"
            case .hardBlocked: "blocked (hard)"
            }
        return [
            facts.adapter.name, "\(facts.adapter.address)", facts.adapter.bus.rawValue, state,
            answer(facts.adapter.speaksLE), answer(facts.scansExtended), facts.holder?.rawValue ?? "-",
        ]
    }

    private static func answer(_ value: Bool?) -> String {
        switch value {
        case true?: "yes"
        case false?: "no"
        case nil: "unknown"
        }
    }

    /// An array of objects, one a line. What is not known, or no program, is null.
    private static func json(_ adapters: [AdapterFacts]) -> String {
        let objects = adapters.map { facts in
            func text(_ value: Bool?) -> String { value.map { "\($0)" } ?? "null" }
            let state =
                switch facts.adapter.radio {
                case .open: facts.adapter.isUp ? "up" : "down"
                case .softBlocked: "soft_blocked"
                case .hardBlocked: "hard_blocked"
                }
            // No text in here needs escaping: none of it is external.
            return #"{"adapter":"\#(facts.adapter.name)","index":\#(facts.adapter.index),"address":"\#(facts.adapter.address)","#
                + #""bus":"\#(facts.adapter.bus.rawValue)","state":"\#(state)","le":\#(text(facts.adapter.speaksLE)),"#
                + #""extended":\#(text(facts.scansExtended)),"held_by":\#(facts.holder.map { #""\#($0.rawValue)""# } ?? "null")}"#
        }
        return objects.isEmpty ? "[]\n" : "[\(objects.joined(separator: ",\n "))]\n"
    }
}

extension String {
    fileprivate var trimmed: Substring { self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)] }
}
