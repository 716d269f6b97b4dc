import AsyncHTTPClient
import ClawCore
import NIOCore

/// How the HTTP client that is shared by all providers should be set up.
public enum ModelHTTP {
  /// Connections per host; far above the number of runs at a time, since a request that waits for a free one would
  /// count as one that can't connect.
  public static let connectionsPerHost = 1024

  /// HTTP/1.1 only: a cancelled call then closes its socket, and nobody else's. Redirects are not followed, so that
  /// a key goes nowhere but to the configured host. Failing to connect is reported at once; retrying is ours.
  public static func configuration(_ timeouts: ModelTimeouts = ModelTimeouts()) -> HTTPClient.Configuration {
    var pool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerHost)
    pool.retryConnectionEstablishment = false
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .milliseconds(max(1, timeouts.connect.milliseconds))),
      connectionPool: pool)
    configuration.httpVersion = .http1Only
    return configuration
  }
}
