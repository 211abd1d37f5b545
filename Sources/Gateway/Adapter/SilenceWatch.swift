/// Measures for how long an adapter has received nothing: timed from the last set-up of the scan, so that it never fires twice for one silence.
///
/// Times are CLOCK_MONOTONIC in nanoseconds; `heard` counts the advertisements that were not empty.
struct SilenceWatch: Sendable {
    /// So long a silence requires a step of recovery; 0 for never.
    let silence: UInt64
    /// Time between two checks.
    let checkInterval: UInt64
    /// After so long a silence the controller is probed. In a quiet room the pauses between two probes double.
    static let probeAfter: UInt64 = 1_000_000_000
    static let longestProbePause: UInt64 = 8_000_000_000

    private var since: UInt64 = 0
    private var nextCheck: UInt64 = 0
    private var nextProbe: UInt64 = 0
    private var probePause = probeAfter
    private var heard: UInt64 = 0

    enum Finding: Equatable {
        case nothing
        /// Something has been received since the last check.
        case heard
        /// Quiet for a while: the controller is to be probed.
        case quiet
        /// Quiet for the time set; nanoseconds.
        case silent(UInt64)
    }

    init(silence: UInt64, check: UInt64) {
        self.silence = silence
        checkInterval = check
    }

    var deadline: UInt64 { silence == 0 ? nextProbe : min(nextCheck, nextProbe) }

    mutating func armed(at now: UInt64, heard: UInt64) {
        since = now
        self.heard = heard
        nextCheck = now + checkInterval
        probePause = Self.probeAfter
        nextProbe = now + probePause
    }

    mutating func check(at now: UInt64, heard: UInt64) -> Finding {
        guard now >= deadline else { return .nothing }
        let isCheck = silence > 0 && now >= nextCheck
        if isCheck { nextCheck = now + checkInterval }
        let isProbe = now >= nextProbe
        if heard != self.heard {
            self.heard = heard
            since = now
            probePause = Self.probeAfter
            if isProbe { nextProbe = now + probePause }
            return .heard
        }
        if isProbe {
            probePause = min(probePause * 2, Self.longestProbePause)
            nextProbe = now + probePause
        }
        if isCheck, now >= since + silence { return .silent(now - since) }
        return isProbe ? .quiet : .nothing
    }
}
