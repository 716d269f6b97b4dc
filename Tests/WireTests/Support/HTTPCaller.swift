import AsyncHTTPClient
import ClawJSON
import ClawTesting
import NIOCore
import NIOHTTP1

/// An HTTP client of one gateway, with the gateway token unless other headers are given.
struct HTTPCaller: Sendable {
  struct Answer: Sendable {
    let status: UInt
    let headers: HTTPHeaders
    let text: String

    /// `null` if the body is not JSON.
    var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    subscript(name: String) -> String? { headers.first(name: name) }

    /// The `data:` of the events of a stream.
    var data: [String] {
      text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }
  }

  let gateway: GatewayHarness
  var headers: [(String, String)]

  init(_ gateway: GatewayHarness, headers: [(String, String)] = []) {
    self.gateway = gateway
    self.headers = [("Authorization", "Bearer \(gateway.token)")] + headers
  }

  static func withoutCredential(_ gateway: GatewayHarness, headers: [(String, String)] = []) -> HTTPCaller {
    var caller = HTTPCaller(gateway)
    caller.headers = headers
    return caller
  }

  func request(_ method: HTTPMethod, _ path: String, body: String? = nil, _ more: [(String, String)] = [])
    -> HTTPClientRequest
  {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
    request.method = method
    for (name, value) in headers + more { request.headers.replaceOrAdd(name: name, value: value) }
    if let body {
      request.headers.replaceOrAdd(name: "content-type", value: "application/json")
      request.body = .bytes(ByteBuffer(string: body))
    }
    return request
  }

  func send(_ method: HTTPMethod, _ path: String, body: String? = nil, _ more: [(String, String)] = []) async throws
    -> Answer
  {
    let response = try await HTTPClient.shared.execute(
      request(method, path, body: body, more), timeout: .seconds(300))
    let bytes = try await response.body.collect(upTo: 16 << 20)
    return Answer(status: response.status.code, headers: response.headers, text: String(buffer: bytes))
  }

  func get(_ path: String) async throws -> Answer { try await send(.GET, path) }

  func complete(_ body: JSONValue, _ more: [(String, String)] = []) async throws -> Answer {
    try await send(.POST, "/v1/chat/completions", body: body.serializedString(), more)
  }

  /// A body with one message of the user.
  static func body(_ message: String, _ members: JSONObject = [:]) -> JSONValue {
    .object(members.merging(["messages": [["role": "user", "content": .string(message)]]]) { first, _ in first })
  }
}

extension String {
  fileprivate func components(separatedBy separator: String) -> [String] {
    split(separator: separator).map(String.init)
  }
}

extension HTTPCaller {
  /// Reads a streamed completion to its end, however it ends; passes the text so far after each part.
  func stream(_ body: JSONValue, _ watch: (String) -> Void) async throws -> String {
    let response = try await HTTPClient.shared.execute(
      request(.POST, "/v1/chat/completions", body: body.serializedString()), timeout: .seconds(300))
    var text = ""
    do {
      for try await part in response.body {
        text += String(buffer: part)
        watch(text)
      }
    } catch {
      // An incomplete stream: what was received counts.
    }
    return text
  }
}
