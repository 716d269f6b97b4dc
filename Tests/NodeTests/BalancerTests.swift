import AsyncHTTPClient
import ClawJSON
import ClawTesting
import Foundation
import NIOCore
import Testing

extension NodeTests {
  /// Three nodes behind HAProxy with the configuration in `deploy/`. Each has an address of its own in this process's
  /// part of the loopback range, where its port can't be taken while it is down.
  @Suite("Behind the load balancer of deploy/")
  struct BalancerTests {
    private static let port = 18790
    private static let addresses = (1...3).map { place in
      "127.\(100 + getpid() % 100).\(getpid() / 100 % 250).\(place)"
    }

    private static func run(
      models: FakeModelServer, _ body: (Fleet, TemporaryDirectory) async throws -> Void
    ) async throws {
      let directory = try TemporaryDirectory(isOnPostgres: true)
      let balancer = try Balancer(to: addresses.map { "\($0):\(port)" })
      let fleet = try await Fleet.start(3, in: directory, models: models, entrance: balancer.port) { place in
        [
          "SWIFTCLAW_HOST": addresses[place], "SWIFTCLAW_PORT": "\(port)",
          "SWIFTCLAW_GATEWAY_TRUSTED_PROXIES": "127.0.0.1",
        ]
      }
      try await body(fleet, directory)
      await fleet.killAll()
      withExtendedLifetime(balancer) {}
    }

    @Test("L32: a rolling restart behind HAProxy: no message lost, none doubled, nobody sees more than a reconnect")
    func rolling() async throws {
      let models = try await Load.models()
      try await Self.run(models: models) { fleet, directory in
        try await Load(fleet: fleet, sessions: 6, messages: 10).run { answers in
          for place in 0..<3 {
            for _ in 0..<6 { _ = await answers.next() }
            try await fleet.replace(place) { #expect(await $0.terminate() == 0) }
          }
        }
        let rows = try await directory.postgres().rows("SELECT state, count(*) FROM runs GROUP BY state")
        #expect(rows == [["completed", "60"]])
      }
      await models.stop()
    }

    @Test("an answer that is streamed passes piece by piece, before the model has said the next")
    func streamed() async throws {
      let models = try await FakeModelServer.start()
      try await Self.run(models: models) { fleet, _ in
        let gate = FakeGate()
        models.enqueue(.text("first second").stalling(after: 1, gate))
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(fleet.entrance ?? 0)/v1/chat/completions")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(GatewayHarness.token)")
        let body: JSONValue = ["stream": true, "messages": [["role": "user", "content": "hello"]]]
        request.body = .bytes(ByteBuffer(string: body.serializedString()))
        // HAProxy may not have checked a listening node yet.
        var response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
        while response.status == .serviceUnavailable {
          response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
        }
        var text = ""
        for try await part in response.body {
          text += String(buffer: part)
          if text.contains("first") { gate.open() }
        }
        #expect(text.contains("second") && text.hasSuffix("data: [DONE]\n\n"), "\(text)")
      }
      await models.stop()
    }
  }
}
