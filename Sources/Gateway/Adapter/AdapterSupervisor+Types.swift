import Bluetooth

extension AdapterSupervisor {
    /// How the adapter is shared with other programs.
    public enum Access: Sendable {
        /// HCI commands of our own, beside whoever else sends some.
        case raw
        /// The kernel scans at our request, and we receive.
        case management
        /// The adapter is ours alone (HCI_CHANNEL_USER).
        case exclusive
    }

    public struct Settings: Equatable, Sendable {
        public var scan: ScanParameters
        /// Active windows in an otherwise passive scan.
        public var mixed: ScanSchedule?
        public var access: Access
        /// Nanoseconds; 0 for no silence watchdog.
        public var silence: UInt64
        /// Nanoseconds between two checks of the silence watchdog.
        public var check: UInt64
        public var mayPowerCycle: Bool
        public var mayUnblockRadio: Bool
        public var mayResetUSB: Bool

        public init(
            scan: ScanParameters, mixed: ScanSchedule? = nil, access: Access = .raw, silence: UInt64 = 90_000_000_000,
            check: UInt64 = 30_000_000_000, mayPowerCycle: Bool = true, mayUnblockRadio: Bool = false, mayResetUSB: Bool = true
        ) {
            self.scan = scan
            self.mixed = mixed
            self.access = access
            self.silence = silence
            self.check = check
            self.mayPowerCycle = mayPowerCycle
            self.mayUnblockRadio = mayUnblockRadio
            self.mayResetUSB = mayResetUSB
        }
    }

    /// A blocking call, for a thread of its own.
    public enum BackgroundTask: Equatable, Sendable {
        case bringUp, takeDown, powerCycle, unblockRadio, resetUSB
        /// Open it for ourselves alone (HCI_CHANNEL_USER): the kernel powers the controller first.
        case takeOver

        var name: String {
            switch self {
            case .bringUp: "bringing it up"
            case .takeDown: "taking it down"
            case .powerCycle: "switching it off and on"
            case .unblockRadio: "unblocking it by rfkill"
            case .resetUSB: "resetting the USB device"
            case .takeOver: "taking it over"
            }
        }
    }

    /// Why something could not be done.
    public struct Problem: Error, Equatable, Sendable {
        public enum Kind: Sendable {
            /// Permission is missing: nothing that is tried again will help soon.
            case denied
            /// rfkill
            case radioBlocked
            /// The adapter has gone.
            case gone
            case other
        }

        public var kind: Kind
        public var text: String

        public init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// What the caller has to do, in this order.
    public enum Action: Equatable, Sendable {
        /// List the kernel's adapters and call `adaptersChecked`.
        case checkAdapters
        /// Open the sockets and call `opened` or `openingFailed`.
        case open(index: Int)
        /// Close the sockets, at once: kept open, an adapter that was unplugged comes back under another name.
        case close
        /// Send the command; its completion goes to `completed`.
        case send(HCICommand)
        /// Send the packet over the management socket; what comes from there goes to `managed`.
        case manage([UInt8])
        /// Run the background task, then call `backgroundTaskDone`.
        case backgroundTask(BackgroundTask, index: Int)
        /// For the log.
        case log(LogEvent)
    }

    /// A line for the log.
    public enum LogEvent: Equatable, Sendable {
        case debug(String)
        case info(String)
        case warning(String)
        /// An ongoing failure: logged when it begins, and now and then while it lasts.
        case failure(String)
        /// The failure is over; `text` is the state now.
        case failureEnded(String)
    }

    /// For status and statistics.
    public enum Condition: String, CaseIterable, Sendable {
        /// No such adapter.
        case absent
        case blocked = "blocked by rfkill"
        /// It is being brought up or set up for the first time, or another program's change is being answered.
        case starting
        /// Another program has taken it down.
        case down
        case scanning
        /// It scans, and no advertisement has been received for the time of the silence watchdog.
        case silent
        /// It does not scan, and what is done about that is under way.
        case recovering
        /// All recovery steps have been tried; they are repeated.
        case beyondRepair = "needs a power cycle"
        case stopped
    }

    /// Steps of recovery and their reasons, since the start.
    public struct Counters: Equatable, Sendable {
        public var rearms: UInt64 = 0
        public var powerCycles: UInt64 = 0
        public var unblocks: UInt64 = 0
        public var usbResets: UInt64 = 0
        /// Other programs' changes of the scan that were answered.
        public var interferences: UInt64 = 0

        public init() {}

        /// Steps of recovery, whatever their reason; re-arming after another program's change is not among them.
        public var recoveries: UInt64 { rearms + powerCycles + unblocks + usbResets }

        /// One more, where the task is a step of recovery.
        mutating func count(_ task: BackgroundTask) {
            switch task {
            case .powerCycle: powerCycles += 1
            case .unblockRadio: unblocks += 1
            case .resetUSB: usbResets += 1
            case .bringUp, .takeDown, .takeOver: break
            }
        }

        public static func += (left: inout Counters, right: Counters) {
            left.rearms += right.rearms
            left.powerCycles += right.powerCycles
            left.unblocks += right.unblocks
            left.usbResets += right.usbResets
            left.interferences += right.interferences
        }
    }
}
