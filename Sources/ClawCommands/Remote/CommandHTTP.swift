import AsyncHTTPClient
import ClawWebSocket
import NIOCore

/// The HTTP client of commands. Reports a refused connection at once: the shared client of AsyncHTTPClient 1.37 would
/// retry until its deadline.
enum CommandHTTP {
  /// Lives as long as the process.
  static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// A short reason for a failed request.
  static func reason(_ error: any Error) -> String {
    if let known = ConnectProblem.reason(error) { return known }
    guard let error = error as? HTTPClientError else { return "the connection failed" }
    switch error {
    case .connectTimeout, .deadlineExceeded, .readTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout:
      return "no answer in time"
    case .invalidURL, .emptyHost, .emptyScheme: return "that is no address of HTTP"
    case .remoteConnectionClosed: return "the connection was closed"
    default: return "the connection failed"
    }
  }
}
