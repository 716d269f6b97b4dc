import AsyncHTTPClient
import ClawCore
import NIOCore
import NIOSSL

/// How the HTTP client that is shared by all providers should be set up.
public enum ModelHTTP {
  /// Connections per host; far above the number of runs at a time, since a request that waits for a free one would
  /// count as one that can't connect.
  public static let connectionsPerHost = 1024

  /// The most one compressed answer may unpack to, in bytes.
  static let unpackedLimit = 64 * 1024 * 1024

  /// HTTP/1.1 only: a cancelled call then closes its socket, and nobody else's. Redirects are not followed, so that
  /// a key goes nowhere but to the configured host. Failing to connect is reported at once; retrying is ours.
  ///
  /// Answers are asked for uncompressed, since compression holds streams back; those that come compressed all the same
  /// are unpacked, up to ``unpackedLimit``.
  /// - Parameter trustFile: A file (or folder) of certificates in PEM that count instead of the system's; empty for the
  ///   system's.
  public static func configuration(
    _ timeouts: ModelTimeouts = ModelTimeouts(), trustFile: String = ""
  ) -> HTTPClient.Configuration {
    var pool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerHost)
    pool.retryConnectionEstablishment = false
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .milliseconds(max(1, timeouts.connect.milliseconds))),
      connectionPool: pool)
    configuration.httpVersion = .http1Only
    configuration.decompression = .enabled(limit: .size(unpackedLimit))
    if !trustFile.isEmpty {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .file(trustFile)
      configuration.tlsConfiguration = tls
    }
    return configuration
  }
}
