import AsyncHTTPClient
import ClawJSON
import NIOCore
import NIOHTTP1

extension ProviderConfiguration {
  /// A request to this provider with its headers and key.
  /// - Throws: ``ModelFailure`` if the key or a header contains invalid characters.
  func request(
    _ method: HTTPMethod, url: String, headers: [(String, String)], body: [UInt8]? = nil
  ) throws(ModelFailure) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers.add(name: "user-agent", value: "swiftclaw")
    request.headers.add(name: "accept-encoding", value: "identity")
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    for (name, value) in extraHeaders { request.headers.replaceOrAdd(name: name, value: value) }
    for (name, value) in request.headers where !Self.isSendable(value) {
      let isKey = name == "authorization" || name == "x-api-key"
      throw ModelFailure(
        isKey ? .keyRefused : .misconfigured, detail: "the header \(name) holds characters that can't be sent")
    }
    if let body {
      request.headers.add(name: "content-type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    return request
  }

  /// The key as a header, if there is one.
  func keyHeader(_ name: String, prefix: String = "") -> [(String, String)] {
    guard let key = apiKey?.exposed.trimmed, !key.isEmpty else { return [] }
    return [(name, prefix + key)]
  }

  private static func isSendable(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }
  }
}
