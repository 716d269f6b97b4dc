import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Readable reasons for failed connection attempts.
public enum ConnectProblem {
  /// A short phrase such as `nothing listens there`; nil for other errors and unknown ones.
  public static func reason(_ error: any Error) -> String? {
    switch error {
    case let error as IOError: return reason(error.errnoCode)
    case let error as NIOConnectionError:
      for failure in error.connectionErrors {
        if let known = reason(failure.error) { return known }
      }
      return error.dnsAError != nil || error.dnsAAAAError != nil ? "the name \(error.host) is not known" : nil
    case ChannelError.connectTimeout: return "no answer in time"
    case is SocketAddressError, is SocketAddressError.UnknownHost: return "the name is not known"
    default: return nil
    }
  }

  private static func reason(_ number: CInt) -> String? {
    switch number {
    case ECONNREFUSED: "nothing listens there"
    case ECONNRESET, EPIPE, ECONNABORTED: "the connection was reset"
    case ETIMEDOUT: "no answer in time"
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL: "there is no way to that address"
    case EMFILE, ENFILE: "the limit of open files is reached; raise it with ulimit -n"
    case EACCES, EPERM: "this machine does not allow it"
    default: nil
    }
  }
}
