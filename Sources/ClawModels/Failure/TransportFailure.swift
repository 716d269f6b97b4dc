import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ModelFailure {
  /// Classifies an error of the HTTP client. `answered`: whether the head of a response was received.
  init(transport error: any Error, answered: Bool) {
    if let overflow = error as? SSEOverflow {
      self.init(.malformed, detail: "one event of the stream is larger than \(overflow.limit) bytes")
    } else if OpenFiles.areUsedUp(error) {
      self.init(.outOfFiles, cause: error)
    } else if error is PublicAddress.Refused {
      self.init(.misconfigured, detail: "its host is on this machine or in a private network, which is not allowed")
    } else if answered {
      self.init(.cutStream, cause: error)
    } else if let known = error as? HTTPClientError {
      self.init(httpClient: known)
    } else {
      self.init(connecting: error)
    }
  }

  private init(httpClient error: HTTPClientError) {
    switch error {
    case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath:
      self.init(.misconfigured, detail: "the base URL is not a URL with scheme and host")
    case .connectTimeout, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout:
      self.init(.unreachable, detail: "connecting took too long", cause: error)
    case .tlsHandshakeTimeout:
      self.init(.unreachable, detail: "the TLS handshake took too long", cause: error)
    case .remoteConnectionClosed:
      self.init(.cutStream, detail: "the connection was closed before an answer came", cause: error)
    case .readTimeout, .deadlineExceeded:
      self.init(.timedOut, cause: error)
    default:
      // The client's error descriptions contain header values, including the key.
      self.init(.unreachable)
    }
  }

  /// Classifies an error while connecting.
  private init(connecting error: any Error) {
    if let tls = Self.tlsDetail(error) {
      self.init(.tlsFailed, detail: tls, cause: error)
      return
    }
    var causes = [error]
    if let connecting = error as? NIOConnectionError {
      causes += connecting.connectionErrors.map(\.error)
      if connecting.connectionErrors.isEmpty, connecting.dnsAError != nil || connecting.dnsAAAAError != nil {
        self.init(.unreachable, detail: "the host name can't be resolved", cause: error)
        return
      }
    }
    let isRefused = causes.contains { ($0 as? IOError)?.errnoCode == ECONNREFUSED }
    self.init(.unreachable, detail: isRefused ? "connection refused" : nil, cause: error)
  }

  /// The TLS error, if that is why the connection failed.
  private static func tlsDetail(_ error: any Error) -> String? {
    if let extra = error as? NIOSSLExtraError {
      let isName = extra == .failedToValidateHostname || extra == .serverHostnameImpossibleToMatch
      return isName ? "its certificate is for another name" : "the TLS handshake failed"
    }
    guard let error = error as? NIOSSLError else { return nil }
    switch error {
    case .noCertificateToValidate: return "it sent no certificate"
    case .unableToValidateCertificate: return untrusted
    case .handshakeFailed(let reason):
      // The library's reasons are only distinguishable by their text (swift-nio-ssl 2).
      let text = "\(reason)"
      if text.contains("CERTIFICATE_VERIFY_FAILED") { return untrusted }
      guard text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") else { fallthrough }
      return "it does not speak TLS; its address may begin with http:// instead of https://"
    default: return "the TLS handshake failed"
    }
  }

  private static let untrusted = "its certificate is not trusted"
}

/// The process is out of file descriptors: the server is not at fault.
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
