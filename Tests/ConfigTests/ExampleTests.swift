import Testing

@testable import Config

@Suite struct ExampleTests {
    @Test func `the example file is valid and holds every default`() throws {
        print(Configuration.exampleFile())
        print(Configuration.referencePage())
        #expect(try parse(Configuration.exampleFile()) == Configuration(scannerID: "scanner-01"))
        print(Configuration(scannerID: "x"))
        print(refusal("scanner_id: a\nmqtt:\n  brokr: {}\n  client:\n    qos: 3\n"))
    }
}
