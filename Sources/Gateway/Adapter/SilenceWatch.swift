/// Tells how long an adapter has heard nothing: timed from the last arming, so that it never fires twice for one silence.
///
/// Times are CLOCK_MONOTONIC in nanoseconds; `heard` counts the advertisements that were not empty.
struct SilenceWatch: Sendable {
    /// So long a silence asks for a step of recovery; 0 for never.
    let silence: UInt64
    /// Time between two checks.
    let check: UInt64
    /// After so long a silence the controller is asked for a sign of life. In a quiet room the pauses between two questions double.
    static let probeAfter: UInt64 = 1_000_000_000
    static let longestProbePause: UInt64 = 8_000_000_000

    private var since: UInt64 = 0
    private var nextCheck: UInt64 = 0
    private var nextProbe: UInt64 = 0
    private var probePause = probeAfter
    private var heard: UInt64 = 0

    enum Finding: Equatable {
        case nothing
        /// Something has been heard since the last look.
        case heard
        /// Quiet for a while: is the controller alive?
        case quiet
        /// Quiet for the time set; nanoseconds.
        case silent(UInt64)
    }

    init(silence: UInt64, check: UInt64) {
        self.silence = silence
        self.check = check
    }

    var deadline: UInt64 { silence == 0 ? nextProbe : min(nextCheck, nextProbe) }

    mutating func armed(at now: UInt64, heard: UInt64) {
        since = now
        self.heard = heard
        nextCheck = now + check
        probePause = Self.probeAfter
        nextProbe = now + probePause
    }

    mutating func look(at now: UInt64, heard: UInt64) -> Finding {
        guard now >= deadline else { return .nothing }
        let isCheck = silence > 0 && now >= nextCheck
        if isCheck { nextCheck = now + check }
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
