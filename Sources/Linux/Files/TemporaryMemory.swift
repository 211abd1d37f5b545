/// Memory for the time of a call, on the stack where it is small. The corresponding function of Swift is `withUnsafeTemporaryAllocation`,
/// which in Swift 6.2 does not pass on the type of what `body` throws.
public func withTemporaryMemory<Value, Failure: Error>(
    byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Value
) throws(Failure) -> Value {
    let result = withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { memory in
        do throws(Failure) {
            return Result<Value, Failure>.success(try body(memory))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}
