import ClawTesting
import Foundation
import Testing

@Suite("swiftclaw chat in a pipe", .timeLimit(.minutes(10)))
struct ChatProcessTests {
  private static func chat(
    _ gateway: GatewayHarness, _ arguments: [String] = [], input: String = ""
  ) async throws -> (status: Int32, output: String) {
    let child = try ChildProcess(
      GatewayProcess.binary, ["chat"] + arguments,
      environment: [
        "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
        "SWIFTCLAW_GATEWAY_TOKEN": gateway.token, "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)/ws",
        "PATH": "/usr/bin:/bin",
      ], .all)
    // Blocks while the child does not read.
    Thread.detachNewThread {
      child.write(input)
      child.endInput()
    }
    return await ended(child)
  }

  /// What it wrote, and its status.
  private static func ended(_ child: ChildProcess) async -> (status: Int32, output: String) {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        var output: [UInt8] = []
        child.eachPiece { output += $0 }
        continuation.resume(returning: (child.wait(), String(decoding: output, as: UTF8.self)))
      }
    }
  }

  @Test("A failed run ends with 1, asked with -m or by a pipe; what follows in the pipe is answered all the same")
  func failedRun() async throws {
    let models = try await FakeModelServer.start()
    models.respond { request in
      guard request.lastUserText.hasSuffix("fail") else { return .text("fine") }
      return .status(400, body: #"{"error":{"message":"no"}}"#)
    }
    try await GatewayHarness.run(models: models) { gateway in
      #expect(try await Self.chat(gateway, ["-m", "fail"]).status == 1)
      let piped = try await Self.chat(gateway, input: "fail\ngo on\n")
      #expect(piped.status == 1 && piped.output.contains("fine"), "\(piped)")
      #expect(try await Self.chat(gateway, input: "go on\n").status == 0)
    }
    await models.stop()
  }

  @Test("A message that is larger than the gateway takes is refused at once, with 64 and the limit")
  func tooLarge() async throws {
    try await GatewayHarness.run { gateway in
      let large = try await Self.chat(gateway, input: String(repeating: "a", count: 600_000) + "\n")
      #expect(
        large.status == 64 && large.output.contains("(524288 bytes)"), "\(large.status) \(large.output.prefix(500))")
      // Within the frame limit, and over the message limit.
      let long = try await Self.chat(gateway, input: String(repeating: "a", count: 300_000) + "\n")
      #expect(long.status == 64, "\(long.status) \(long.output.prefix(500))")
    }
  }

  @Test("Without a gateway every command says so at once, and names no insides of the network library")
  func noGateway() async throws {
    try await GatewayHarness.run { gateway in
      for words in [["chat", "-m", "x"], ["keys", "list"], ["tenants", "list"], ["status"]] {
        let child = try ChildProcess(
          GatewayProcess.binary, words + ["--url", "ws://127.0.0.1:1/ws"],
          environment: [
            "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
            "SWIFTCLAW_GATEWAY_TOKEN": gateway.token, "PATH": "/usr/bin:/bin",
          ], .all)
        // A client that retried until its timeout would take a minute.
        let (status, output) = await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            guard (try? await Task.sleep(for: .seconds(30))) != nil else { return }
            kill(child.processID, SIGKILL)
          }
          defer { tasks.cancelAll() }
          return await Self.ended(child)
        }
        #expect(status == 69)
        #expect(output.contains("nothing listens there") && output.contains("swiftclaw serve"), "\(words): \(output)")
        #expect(
          !output.contains("Error") && !output.contains("NIO") && !output.contains("errno"), "\(words): \(output)")
      }
    }
  }
}
