import AsyncHTTPClient
import ClawJSON
import ClawProtocol
import NIOCore
import NIOHTTP1

/// A client of the gateway's HTTP API, for operations without a WebSocket method.
struct GatewayWeb: Sendable {
  /// Without a trailing slash.
  let base: String
  let token: String
  /// The tenant; if nil, that of the credential, or the first.
  let tenant: String?
  var timeout = TimeAmount.seconds(60)

  /// Largest response body in bytes.
  private static let maxAnswerBytes = 16 << 20

  /// - Throws: ``CommandFailure`` with the gateway's error.
  func call<Answer: Decodable>(
    _ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil, as type: Answer.Type
  ) async throws -> Answer {
    // Two statements: nesting the calls crashes the optimizer of Swift 6.3.
    let answer = try await send(method, path, body: body)
    return try JSON.decode(type, from: Array(answer.readableBytesView))
  }

  /// For responses without a body.
  @discardableResult
  func send(_ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil) async throws -> ByteBuffer {
    let response = try await response(method, path, body: body)
    return try await response.body.collect(upTo: Self.maxAnswerBytes)
  }

  /// The lines of a response as they arrive.
  func lines(_ path: String, _ take: (String) async throws -> Void) async throws {
    var rest: [UInt8] = []
    for try await part in try await response(.GET, path, body: nil).body {
      rest += part.readableBytesView
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        try await take(String(decoding: rest[..<end], as: UTF8.self))
        rest.removeSubrange(...end)
      }
    }
    guard rest.isEmpty else { throw CommandFailure(.unavailable, "the answer was cut off; try again") }
  }

  private func response(
    _ method: HTTPMethod, _ path: String, body: (any Encodable)?
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    request.headers.add(name: "Authorization", value: "Bearer \(token)")
    if let tenant { request.headers.add(name: "X-SwiftClaw-Tenant", value: tenant) }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: try JSON.encode(body)))
    }
    let response: HTTPClientResponse
    do {
      response = try await CommandHTTP.client.execute(request, timeout: timeout)
    } catch {
      throw CommandFailure(
        .unavailable,
        "no connection to \(base): \(CommandHTTP.reason(error))\nIs the gateway running? Start it with: swiftclaw serve"
      )
    }
    guard !(200...299).contains(response.status.code) else { return response }
    let answer = try await response.body.collect(upTo: 1 << 20)
    guard let detail = try? JSON.decode(HTTPErrorBody.self, from: Array(answer.readableBytesView)).error else {
      throw CommandFailure(.unavailable, "\(base) answered \(response.status.code); is it a SwiftClaw gateway?")
    }
    throw CommandFailure(CommandStatus(code: detail.code.rawValue), TerminalText.plain(detail.message))
  }

  /// A percent-encoded path segment.
  static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 45, 46, 48...57, 65...90, 95, 97...122, 126: return String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }.joined()
  }
}
