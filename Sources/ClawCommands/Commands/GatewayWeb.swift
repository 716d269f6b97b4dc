import AsyncHTTPClient
import ClawJSON
import ClawProtocol
import NIOCore
import NIOHTTP1

/// Asks a running gateway over HTTP: what its sockets have no methods for.
struct GatewayWeb: Sendable {
  /// Without a slash at its end.
  let base: String
  let token: String
  /// Which tenant it is about; the token's own, or the first one, without it.
  let tenant: String?
  var timeout = TimeAmount.seconds(60)

  /// Largest answer that is taken in whole, in bytes.
  private static let maxAnswerBytes = 16 << 20

  /// - Throws: ``CommandFailure`` with what the gateway said.
  func call<Answer: Decodable>(
    _ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil, as type: Answer.Type
  ) async throws -> Answer {
    // Two statements: with the wait inside of the other call the optimizer of Swift 6.3 crashes.
    let answer = try await send(method, path, body: body)
    return try JSON.decode(type, from: Array(answer.readableBytesView))
  }

  /// For answers without a body.
  @discardableResult
  func send(_ method: HTTPMethod, _ path: String, body: (any Encodable)? = nil) async throws -> ByteBuffer {
    let response = try await response(method, path, body: body)
    return try await response.body.collect(upTo: Self.maxAnswerBytes)
  }

  /// The lines of an answer as they come.
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

  /// A part of a path that may hold anything.
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
