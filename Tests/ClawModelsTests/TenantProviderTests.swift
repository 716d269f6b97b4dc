import AsyncHTTPClient
import ClawCore
import ClawTesting
import NIOCore
import NIOPosix
import Testing

@testable import ClawModels

@Suite("Providers of tenants")
struct TenantProviderTests {
  @Test(
    "addresses of this machine, of private networks and of no use to anybody are told from public ones",
    arguments: [
      ("8.8.8.8", true), ("172.15.255.255", true), ("172.16.0.1", false), ("172.31.255.255", false),
      ("172.32.0.1", true), ("10.255.255.255", false), ("127.0.0.1", false), ("169.254.169.254", false),
      ("100.64.0.1", false), ("100.128.0.1", true), ("192.168.0.1", false), ("198.18.0.1", false),
      ("198.20.0.1", true), ("0.0.0.0", false), ("224.0.0.1", false), ("255.255.255.255", false),
      ("203.0.113.9", false), ("2606:4700::1111", true), ("::1", false), ("::", false), ("fe80::1", false),
      ("fd12::1", false), ("ff02::1", false), ("::ffff:10.0.0.1", false), ("::ffff:8.8.8.8", true),
      ("::127.0.0.1", false), ("64:ff9b::10.0.0.1", false), ("64:ff9b::8.8.8.8", true), ("2002:a00:1::", false),
      ("2001:db8::1", false), ("2001::1", false), ("3fff::1", false),
    ])
  func addresses(_ text: String, _ isPublic: Bool) throws {
    #expect(PublicAddress.isPublic(try SocketAddress(ipAddress: text, port: 0)) == isPublic)
  }

  private static func provider(_ name: String, _ url: String) -> TenantProvider {
    let time = Timestamp(milliseconds: 0)
    return TenantProvider(
      entry: ProviderEntry(
        name: name, dialect: .openAI, baseURL: url, hasKey: true, defaultModel: "fake-small", createdAt: time,
        updatedAt: time), key: "key-of-the-tenant")
  }

  /// Clients that are shut down after the body: one that allows private addresses, and one that does not.
  private func withClients(_ body: (_ open: HTTPClient, _ guarded: HTTPClient) async throws -> Void) async throws {
    func client(_ isGuarded: Bool) -> HTTPClient {
      HTTPClient(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        configuration: ModelHTTP.configuration(Bench.patient, refusesPrivateAddresses: isGuarded))
    }
    let (open, guarded) = (client(false), client(true))
    let result: Result<Void, any Error>
    do { result = .success(try await body(open, guarded)) } catch { result = .failure(error) }
    try await open.shutdown()
    try await guarded.shutdown()
    try result.get()
  }

  private static func factory(
    _ url: String, _ client: HTTPClient, _ guarded: HTTPClient? = nil, headers: [(String, String)] = []
  ) -> ModelRouterFactory {
    let gateways = ProviderConfiguration(
      name: "main", dialect: .openAI, baseURL: url, apiKey: "key-of-the-gateway", defaultModel: "fake-small",
      extraHeaders: headers)
    return ModelRouterFactory(
      configuration: ModelsConfiguration(
        providers: [gateways], standard: Bench.main, timeouts: Bench.patient, retry: RetryPolicy(attempts: 1)),
      httpClient: client, tenantClient: guarded)
  }

  @Test("S21: a name that leads to a private address is found out when a connection stands, before anything is sent")
  func connection() async throws {
    let server = try await FakeModelServer.start()
    try await withClients { open, guarded in
      let factory = Self.factory(server.url, open, guarded)
      let url = "http://localhost:\(server.port)/v1"
      let models = factory.models(with: [Self.provider("mine", url)])
      for _ in 0..<2 {
        await #expect(throws: ClawError.self) {
          try await models.reply(
            to: .hello, from: [ModelReference(provider: "mine", model: "fake-small")], observer: .silent)
        }
      }
      #expect(server.requests.isEmpty)
      // The gateway's own provider may have any address.
      _ = try await models.reply(to: .hello, from: [Bench.main], observer: .silent)
      #expect(server.requests.map { $0.headers["authorization"] } == ["Bearer key-of-the-gateway"])
    }
    await server.stop()
  }

  @Test("the gateway's key goes to no address of a tenant's, whatever the row says")
  func keys() async throws {
    let (server, other) = (try await FakeModelServer.start(), try await FakeModelServer.start())
    try await withClients { open, _ in
      let headers = [("Authorization", "Bearer other-key-of-the-gateway"), ("x-team", "blue")]
      let factory = Self.factory(server.url, open, headers: headers)
      var moved = Self.provider("main", other.url)
      moved = TenantProvider(entry: moved.entry, key: nil)
      // The fake server refuses a request without a key, as the vendors do.
      await #expect(throws: ClawError.self) {
        try await factory.models(with: [moved]).reply(to: .hello, from: [Bench.main], observer: .silent)
      }
      #expect(other.requests.count == 1 && other.requests.first?.headers["authorization"] == nil)
      #expect(server.requests.isEmpty)
      // The tenant's key, at the gateway's address, without the gateway's key.
      let own = factory.models(with: [Self.provider("main", "")])
      _ = try await own.reply(to: .hello, from: [Bench.main], observer: .silent)
      #expect(server.requests.first?.headers["authorization"] == "Bearer key-of-the-tenant")
      #expect(server.requests.first?.headers["x-team"] == "blue")
      // If it can't be opened, or is disabled, the gateway's key must not be used instead.
      var entry = Self.provider("main", "").entry
      for isEnabled in [true, false] {
        entry.isEnabled = isEnabled
        let key = isEnabled ? nil : "key-of-the-tenant"
        await #expect(throws: ClawError.self) {
          try await factory.models(with: [TenantProvider(entry: entry, key: key)]).reply(
            to: .hello, from: [Bench.main], observer: .silent)
        }
      }
      #expect(server.requests.count == 1)
    }
    await server.stop()
    await other.stop()
  }
}
