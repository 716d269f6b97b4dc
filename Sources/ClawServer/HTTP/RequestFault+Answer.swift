import ClawCore
import HTTPTypes

extension RequestFault {
  /// The response to a request with this fault.
  var failure: HTTPFailure {
    HTTPFailure(ClawError(.invalidRequest, message), status: status)
  }

  private var status: HTTPResponse.Status {
    switch self {
    case .host, .framing, .malformed: .badRequest
    case .transferCoding: .notImplemented
    case .headersTooLarge: .requestHeaderFieldsTooLarge
    case .targetTooLong: .uriTooLong
    case .version: .httpVersionNotSupported
    }
  }

  private var message: String {
    switch self {
    case .host: "a request must have exactly one Host header, with a host name or address and perhaps a port"
    case .framing: "the length of the body is not clear: send either Content-Length or Transfer-Encoding: chunked"
    case .transferCoding: "the only transfer coding supported is chunked"
    case .headersTooLarge: "the header fields are too many or too large"
    case .targetTooLong: "the request target is too long"
    case .version: "only HTTP/1.0 and HTTP/1.1 are supported"
    case .malformed: "the request is not valid HTTP/1.1"
    }
  }
}
