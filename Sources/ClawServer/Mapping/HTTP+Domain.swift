import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

extension HTTPResponse.Status {
  /// The table of statuses: one for each code of the domain.
  init(_ code: ClawError.Code) {
    switch code {
    case .invalidRequest: self = .badRequest
    case .unauthorized: self = .unauthorized
    case .forbidden: self = .forbidden
    case .notFound: self = .notFound
    case .alreadyExists, .failedPrecondition, .aborted: self = .conflict
    case .resourceExhausted: self = .tooManyRequests
    case .agentTimeout: self = .gatewayTimeout
    case .unavailable: self = .serviceUnavailable
    case .internalError: self = .internalServerError
    }
  }
}

extension OpenAIErrorBody.Detail {
  init(_ failure: HTTPFailure) {
    let kind = Self.kind(of: failure.error.code)
    let code = failure.openAICode ?? failure.error.details?["reason"]?.stringValue ?? kind.code
    self.init(message: failure.error.message, type: kind.type, param: failure.param, code: code)
  }

  /// OpenAI's words for the codes of the domain. A finer word than the code (`context_length_exceeded`,
  /// `insufficient_quota`) comes as `reason` in the details.
  private static func kind(of code: ClawError.Code) -> (type: String, code: String?) {
    switch code {
    case .invalidRequest: ("invalid_request_error", nil)
    case .unauthorized: ("invalid_request_error", "invalid_api_key")
    case .forbidden: ("permission_error", "forbidden")
    case .notFound: ("invalid_request_error", "not_found")
    case .alreadyExists: ("invalid_request_error", "already_exists")
    case .failedPrecondition: ("invalid_request_error", "failed_precondition")
    case .aborted: ("invalid_request_error", "aborted")
    case .resourceExhausted: ("rate_limit_error", "rate_limit_exceeded")
    case .agentTimeout: ("server_error", "timeout")
    case .unavailable: ("server_error", "unavailable")
    case .internalError: ("server_error", "internal_error")
    }
  }
}

extension HTTPFailure {
  /// The whole response, in the language of its route.
  func response(_ style: ErrorStyle) -> Response {
    var headers = headers
    if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    if let retryAfter = error.retryAfter { headers[.retryAfter] = String((retryAfter.milliseconds + 999) / 1000) }
    switch style {
    case .openAI:
      return .json(OpenAIErrorBody(OpenAIErrorBody.Detail(self)), status: status, headers: headers)
    case .plain:
      let detail = HTTPErrorBody.Detail(
        code: ErrorCode(error.code), message: error.message, details: error.details)
      return .json(HTTPErrorBody(detail), status: status, headers: headers)
    }
  }
}

extension Response {
  /// A body of JSON.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    guard let bytes = try? JSON.encode(value) else {
      return Response(status: .internalServerError, headers: headers)
    }
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// A body of plain text.
  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
