import ClawTesting
import Synchronization
import Testing

@testable import ClawCommands

@Suite("swiftclaw onboard beside a gateway")
struct OnboardBesideGatewayTests {
  @Test("who onboards while a gateway runs is told to stop it first; who does without is not")
  func running() async throws {
    let models = try await FakeModelServer.start()
    let folder = try TemporaryDirectory()
    @Sendable func onboard(port: Int) async -> String {
      let written = Mutex("")
      let console = Console(environment: [
        "HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_PORT": "\(port)",
        "SWIFTCLAW_OPENAI_API_KEY": "k", "SWIFTCLAW_OPENAI_BASE_URL": models.url,
      ]) { text, _ in written.withLock { $0 += text } }
      let status = await Console.$current.withValue(console) { await RootCommand.status(of: ["onboard"]) }
      #expect(status == .success)
      return written.withLock { $0 }
    }
    try await GatewayHarness.run { gateway in
      #expect(await onboard(port: gateway.port).contains("Next:  stop the gateway that is running"))
    }
    let next = await onboard(port: 1)
    #expect(next.contains("Next:  ") && !next.contains("stop the gateway"))
    await models.stop()
  }
}
