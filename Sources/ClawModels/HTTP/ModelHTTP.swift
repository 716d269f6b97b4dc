import AsyncHTTPClient
import ClawCore
import NIOCore
import NIOSSL

/// Settings of the HTTP client shared by all providers.
public enum ModelHTTP {
  /// Connections per host; far above the number of concurrent runs, since a request that waits for a free one would
  /// count as failing to connect.
  public static let connectionsPerHost = 1024

  /// Maximum decompressed size of a response in bytes.
  static let unpackedLimit = 64 * 1024 * 1024

  /// HTTP/1.1 only: a cancelled call then closes only its own socket. Redirects are not followed, so that a key is sent
  /// only to the configured host. Connection failures are reported at once; we retry ourselves.
  ///
  /// Responses are requested uncompressed, since compression delays streams; compressed ones are decompressed
  /// nevertheless, up to ``unpackedLimit``.
  /// - Parameter trustFile: A PEM file (or directory) of trusted certificates, instead of the system's; empty for the
  ///   system's.
  /// - Parameter refusesPrivateAddresses: Whether to close connections to this machine or a private network before
  ///   anything is sent: for addresses given by tenants. The peer address is checked after connecting, so that DNS
  ///   rebinding can't bypass the check.
  public static func configuration(
    _ timeouts: ModelTimeouts = ModelTimeouts(), trustFile: String = "", refusesPrivateAddresses: Bool = false
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
    guard refusesPrivateAddresses else { return configuration }
    configuration.http1_1ConnectionDebugInitializer = { channel in
      if PublicAddress.isPublic(channel.remoteAddress) { return channel.eventLoop.makeSucceededVoidFuture() }
      // Closed after the pool has registered the failure.
      channel.eventLoop.execute { channel.close(promise: nil) }
      return channel.eventLoop.makeFailedFuture(PublicAddress.Refused())
    }
    return configuration
  }
}
