extension KeyTable {
    static let scanner: [Key] = [
        Key(
            path: "scanner.adapter",
            kind: .written(.init(.adapter, .init(get: { $0.scanner.adapter }, set: { $0.scanner.adapter = $1 }))),
            help:
                "Bluetooth adapter to scan with, by name or by its own address, or all. An address keeps its meaning when adapters are replugged. Beside the list adapters leave this line out."
        ),
        .choice(
            "scanner.mode", ScanMode.allCases, .init(get: { $0.scanner.mode }, set: { $0.scanner.mode = $1 }),
            help:
                "Passive listens only. Active also asks scannable devices for their scan response, which costs them battery. Mixed is passive with short active windows, to learn names."
        ),
        Key(
            path: "scanner.interval_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .init(get: { $0.scanner.intervalMilliseconds }, set: { $0.scanner.intervalMilliseconds = $1 })),
            help: "From the start of one scan window to the start of the next, in steps of 0.625 ms."),
        Key(
            path: "scanner.window_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .init(get: { $0.scanner.windowMilliseconds }, set: { $0.scanner.windowMilliseconds = $1 })),
            help: "How long each window listens, at most interval_ms. Equal to interval_ms it listens all the time."),
        .choice(
            "scanner.own_address_type", OwnAddressType.allCases,
            .init(get: { $0.scanner.ownAddressType }, set: { $0.scanner.ownAddressType = $1 }),
            help: "The address that scan requests carry. It matters in active and mixed mode only."),
        .choice(
            "scanner.phys", ScanPHYs.allCases, .init(get: { $0.scanner.phys }, set: { $0.scanner.phys = $1 }),
            help:
                "What to listen on: 1m hears almost everything there is, coded only long range advertisements. Auto is both where the controller can, else 1m."
        ),
        .choice(
            "scanner.access", AdapterAccess.allCases, .init(get: { $0.scanner.access }, set: { $0.scanner.access = $1 }),
            help:
                "Raw gives the adapter commands beside other programs. Mgmt asks the kernel, which shares the scan with bluetoothd. Exclusive takes the adapter away from every other program."
        ),
        Key(
            path: "scanner.receive_buffer",
            kind: .size(64 << 10...64 << 20, .init(get: { $0.scanner.receiveBufferBytes }, set: { $0.scanner.receiveBufferBytes = $1 })),
            help: "The kernel's buffer between adapter and daemon. What does not fit is lost, and counted."),

        Key(
            path: "scanner.mixed.period",
            kind: .integer(
                5...86400, unit: "seconds",
                .init(get: { $0.scanner.mixed.periodSeconds }, set: { $0.scanner.mixed.periodSeconds = $1 })),
            help: "From the start of one active window to the start of the next."),
        Key(
            path: "scanner.mixed.active",
            kind: .integer(
                1...3600, unit: "seconds",
                .init(get: { $0.scanner.mixed.activeSeconds }, set: { $0.scanner.mixed.activeSeconds = $1 })),
            help: "How long each active window is, less than period."),

        Key(
            path: "scanner.watchdog.silence",
            kind: .integer(
                5...86400, unit: "seconds", zero: "never",
                .init(get: { $0.scanner.watchdog.silenceSeconds }, set: { $0.scanner.watchdog.silenceSeconds = $1 })),
            help: "After this long without an advertisement that says something, the scan is taken for stopped and is started again."),
        Key(
            path: "scanner.watchdog.check",
            kind: .integer(
                1...3600, unit: "seconds",
                .init(get: { $0.scanner.watchdog.checkSeconds }, set: { $0.scanner.watchdog.checkSeconds = $1 })),
            help: "Time between two looks."),

        Key(
            path: "scanner.recovery.power_cycle",
            kind: .flag(.init(get: { $0.scanner.recovery.powerCycle }, set: { $0.scanner.recovery.powerCycle = $1 })),
            help: "Whether the adapter may be taken down and up again. Other programs notice."),
        Key(
            path: "scanner.recovery.rfkill_unblock",
            kind: .flag(.init(get: { $0.scanner.recovery.unblockRadio }, set: { $0.scanner.recovery.unblockRadio = $1 })),
            help: "Whether a radio that rfkill blocks by software may be unblocked. Somebody may have meant it."),
        Key(
            path: "scanner.recovery.usb_reset",
            kind: .flag(.init(get: { $0.scanner.recovery.usbReset }, set: { $0.scanner.recovery.usbReset = $1 })),
            help: "Whether a USB adapter may be reset as if it had been unplugged."),
    ]

    static let adapters: [Key] = [
        Key(
            path: "adapters",
            kind: .list(
                .init(
                    maximum: 16, count: { $0.adapters.count }, clear: { $0.adapters = [] },
                    append: { $0.adapters.append(.init(adapter: .index(0))) },
                    isSame: { $0.adapters == $1.adapters },
                    example: [["adapter: hci0"], ["adapter: AA:BB:CC:DD:EE:FF", "mode: active", "phys: 1m"]])),
            help: "Several adapters at once, in place of scanner.adapter. What an element leaves out is as scanner says."),
        Key(
            path: "adapters[].adapter",
            kind: .written(.init(.adapter, .element(get: { $0.adapters[$1].adapter }, set: { $0.adapters[$1].adapter = $2 }))),
            help: "The adapter; no two elements may name the same. All means those that no other element names.",
            example: .init(file: "hci0", message: "hci0")),
        .choice(
            "adapters[].mode", ScanMode.allCases, .element(get: { $0.adapters[$1].mode }, set: { $0.adapters[$1].mode = $2 }),
            help: "Its scan mode.", absence: "scanner.mode"),
        Key(
            path: "adapters[].interval_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .element(get: { $0.adapters[$1].intervalMilliseconds }, set: { $0.adapters[$1].intervalMilliseconds = $2 })),
            help: "Its scan interval.", absence: "scanner.interval_ms"),
        Key(
            path: "adapters[].window_ms",
            kind: .number(
                2.5...10240, unit: "milliseconds",
                .element(get: { $0.adapters[$1].windowMilliseconds }, set: { $0.adapters[$1].windowMilliseconds = $2 })),
            help: "Its scan window, at most its interval.", absence: "scanner.window_ms"),
        .choice(
            "adapters[].own_address_type", OwnAddressType.allCases,
            .element(get: { $0.adapters[$1].ownAddressType }, set: { $0.adapters[$1].ownAddressType = $2 }),
            help: "The address that its scan requests carry.", absence: "scanner.own_address_type"),
        .choice(
            "adapters[].phys", ScanPHYs.allCases, .element(get: { $0.adapters[$1].phys }, set: { $0.adapters[$1].phys = $2 }),
            help: "What it listens on.", absence: "scanner.phys"),
        .choice(
            "adapters[].access", AdapterAccess.allCases, .element(get: { $0.adapters[$1].access }, set: { $0.adapters[$1].access = $2 }),
            help: "How it is shared with other programs.", absence: "scanner.access"),
        Key(
            path: "adapters[].receive_buffer",
            kind: .size(
                64 << 10...64 << 20,
                .element(get: { $0.adapters[$1].receiveBufferBytes }, set: { $0.adapters[$1].receiveBufferBytes = $2 })),
            help: "The kernel's buffer between it and the daemon.", absence: "scanner.receive_buffer"),
    ]
}
