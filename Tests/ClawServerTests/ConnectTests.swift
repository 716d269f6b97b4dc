import ClawJSON
import Testing

@testable import ClawServer

@Suite("connect", .timeLimit(.minutes(10)))
struct ConnectTests {
  private static let secret = JSONValue.string(TestGateway.secret)

  @Test("The gateway token makes an admin who acts as the owner")
  func success() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      let answer = try await socket.call(
        "connect", ["token": Self.secret, "protocol": 3, "client": ["name": "t", "version": "1"], "future": true])
      #expect(answer["type"] == "res" && answer["id"] == 7 && answer["ok"] == true)
      let payload = try #require(answer["payload"])
      #expect(payload["protocol"] == 3)
      #expect(payload["role"] == "admin")
      #expect(payload["user_id"] == "owner")
      #expect(payload["tenant"] == "default")
      #expect(payload["server"] == ["name": "swiftclaw", "version": "1.2.3"])
      #expect(payload["limits"] == ["max_frame_bytes": 524_288, "max_queue_bytes": 1_048_576])
      #expect(payload["connection_id"]?.stringValue?.isEmpty == false)
    }
  }

  @Test("S1: Nothing but health answers before connect, and the connection stays open")
  func nothingBeforeConnect() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      let refused = try await socket.call("status")
      #expect(refused["error"]?["code"] == "UNAUTHORIZED")
      #expect(refused["error"]?["message"] == "first request must be 'connect'")
      #expect(try await socket.call("no.such.method")["error"]?["code"] == "UNAUTHORIZED")
      let health = try await socket.call("health")
      #expect(health["payload"] == ["status": "ok", "protocol": 3])
      #expect(try await socket.call("connect", ["token": Self.secret])["ok"] == true)
      #expect(try await socket.call("status")["ok"] == true)
    }
  }

  @Test("S32: A socket has five tries to connect, then it is closed with 1008")
  func tries() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      for _ in 1...5 {
        #expect(try await socket.call("connect", ["dialect": "x"])["error"]?["code"] == "INVALID_REQUEST")
      }
      let sixth = try await socket.call("connect", ["token": Self.secret])
      #expect(sixth["error"]?["code"] == "RESOURCE_EXHAUSTED")
      #expect(await socket.closeCode() == 1008)
      // An authenticated client only gets an error.
      let known = try await gateway.connected()
      for _ in 1...6 {
        #expect(
          try await known.call("connect", ["token": Self.secret])["error"]?["code"] == "FAILED_PRECONDITION")
      }
      #expect(try await known.call("health")["ok"] == true)
    }
  }

  @Test("A wrong token is UNAUTHORIZED, then close 1008")
  func wrongToken() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      let answer = try await socket.call("connect", ["token": "wrong"])
      #expect(answer["error"]?["code"] == "UNAUTHORIZED")
      #expect(await socket.closeCode() == 1008)
    }
  }

  @Test(
    "A connect that can't be taken is answered and leaves the connection open",
    arguments: [
      (["token": 7], "INVALID_REQUEST"),
      (["token": secret, "protocol": 2], "FAILED_PRECONDITION"),
      (["token": secret, "dialect": "x"], "INVALID_REQUEST"),
      (["token": secret, "user_id": ""], "INVALID_REQUEST"), (["token": secret, "user_id": "a\nb"], "INVALID_REQUEST"),
      (["token": secret, "tenant": "A b"], "INVALID_REQUEST"), (["token": secret, "tenant": "other"], "NOT_FOUND"),
      (["user_id": ""], "INVALID_REQUEST"), (["tenant": "other"], "RESOURCE_EXHAUSTED"),
      (["protocol": 2], "FAILED_PRECONDITION"),
    ] as [(JSONValue, JSONValue)])
  func refused(params: JSONValue, code: JSONValue) async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      let answer = try await socket.call("connect", params)
      #expect(answer["ok"] == false)
      #expect(answer["error"]?["code"] == code)
      #expect(try await socket.call("connect", ["token": Self.secret])["ok"] == true)
    }
  }

  @Test("Without a credential a device waits for its pairing", arguments: [[:], ["token": ""]] as [JSONValue])
  func pairing(params: JSONValue) async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.socket()
      let answer = try await socket.call("connect", params)
      #expect(answer["payload"]?["status"] == "pending_pairing")
      #expect(answer["payload"]?["pairing_code"] == .string(FakePairing.code))
      #expect(answer["payload"]?["expires_at"] == 1_750_003_600_123)
      #expect(try await socket.call("status")["error"]?["code"] == "UNAUTHORIZED")
    }
  }

  @Test("Another protocol is told which are supported")
  func supportedProtocols() async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.socket().call("connect", ["token": Self.secret, "protocol": 4])
      #expect(answer["error"]?["details"] == ["supported": [3]])
    }
  }

  @Test("A second connect is FAILED_PRECONDITION, and the connection works on")
  func second() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      #expect(try await socket.call("connect", ["token": "wrong"])["error"]?["code"] == "FAILED_PRECONDITION")
      #expect(try await socket.call("status")["ok"] == true)
    }
  }

  @Test("Without a successful connect in time: close 1008")
  func timeout() async throws {
    try await TestGateway.run(
      .with {
        $0.timing.connectTimeout = .milliseconds(50)
        // A slow client may take time to read.
        $0.timing.expulsionTimeout = .seconds(300)
      }
    ) { gateway in
      let socket = try await gateway.socket()
      #expect(await socket.closeCode() == 1008)
    }
  }

  @Test("S5: A credential in the query string is refused, on /ws and everywhere else, and is in no log")
  func queryCredentials() async throws {
    try await TestGateway.run { gateway in
      for query in ["token=topsecret", "a=1&api_key=topsecret", "%74oken=topsecret", "sender_id=topsecret"] {
        let error = await #expect(throws: (any Error).self) { try await gateway.socket(path: "/ws?\(query)") }
        #expect("\(String(describing: error))".contains("400"))
        for path in ["/health", "/v1/models", "/nowhere", "/v1/chat/completions"] {
          let answer = try await gateway.http("GET", "\(path)?\(query)")
          #expect(answer.status == 400)
          #expect(answer.text.contains("query string"))
        }
      }
      #expect(!gateway.logs.all.isEmpty)
      #expect(!gateway.logs.all.contains { $0.contains("topsecret") || $0.contains(TestGateway.secret) })
    }
  }

  @Test("The token can't be printed")
  func printing() throws {
    let token = try #require(GatewayToken("visible"))
    #expect(GatewayToken("") == nil)
    #expect(token.matches("visible"))
    #expect(!token.matches("visibl") && !token.matches("visible ") && !token.matches(""))
    var dumped = ""
    dump(token, to: &dumped)
    #expect(!dumped.contains("visible") && !"\(token)\(String(reflecting: token))".contains("visible"))
  }
}
