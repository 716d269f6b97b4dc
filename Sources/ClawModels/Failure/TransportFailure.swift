import AsyncHTTPClient
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ModelFailure {
  /// What an error of the HTTP client means. `answered` tells whether the head of an answer had come.
  init(transport error: any Error, answered: Bool) {
    if let overflow = error as? SSEOverflow {
      self.init(.malformed, detail: "one event of the stream is larger than \(overflow.limit) bytes")
    } else if OpenFiles.areUsedUp(error) {
      self.init(.outOfFiles, cause: error)
    } else if answered {
      self.init(.cutStream, cause: error)
    } else if let known = error as? HTTPClientError {
      self.init(httpClient: known)
    } else {
      self.init(.unreachable, cause: error)
    }
  }

  private init(httpClient error: HTTPClientError) {
    switch error {
    case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
      self.init(.misconfigured, detail: "the base URL is not a URL with scheme and host")
    case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout:
      self.init(.unreachable, detail: "connecting took too long", cause: error)
    case .remoteConnectionClosed:
      self.init(.cutStream, detail: "the connection was closed before an answer came", cause: error)
    case .readTimeout, .deadlineExceeded:
      self.init(.timedOut, cause: error)
    default:
      // The client's descriptions name headers; their values would include the key.
      self.init(.unreachable)
    }
  }
}

/// The process has no descriptor left for a connection: nothing is wrong with the server.
enum OpenFiles {
  static let explanation =
    "this gateway has reached its limit of open files, so no connection can be opened; raise the limit (ulimit -n, or "
    + "LimitNOFILE= of systemd)"

  static func areUsedUp(_ error: any Error) -> Bool {
    switch error {
    case let error as IOError: error.errnoCode == EMFILE || error.errnoCode == ENFILE
    case let error as NIOConnectionError: error.connectionErrors.contains { areUsedUp($0.error) }
    default: false
    }
  }
}
