import Gateway
import Linux

extension Machine {
    /// This machine.
    /// - Parameter intake: where what the adapters hear goes.
    package init(_ kernel: LinuxKernel, _ intake: SharedIntake, _ log: Log) throws(SystemError) {
        self.kernel = kernel
        bluetooth = try LinuxBluetooth(kernel, intake, log)
        network = BrokerConnector(log, kernel)
        files = LinuxFiles(errands: kernel.errands)
        service = ServiceManager()
    }
}
