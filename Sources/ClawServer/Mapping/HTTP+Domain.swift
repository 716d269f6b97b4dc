import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

extension HTTPResponse.Status {
  /// Maps error codes to HTTP statuses, including provider errors with a status of their own.
  init(_ error: ClawError) {
    switch error.code {
    case .invalidRequest, .aborted: self = .badRequest
    case .unauthorized: self = .unauthorized
    case .forbidden: self = .forbidden
    case .notFound: self = .notFound
    case .alreadyExists: self = .conflict
    case .failedPrecondition:
      switch error.reason {
      case .modelNotFound: self = .notFound
      case .providerKeyRefused, .providerMisconfigured: self = .badGateway
      case nil: self = .preconditionFailed
      }
    case .resourceExhausted: self = .tooManyRequests
    case .agentTimeout: self = .gatewayTimeout
    case .unavailable: self = .serviceUnavailable
    case .internalError: self = .internalServerError
    }
  }
}

extension ClawError {
  /// Reasons in the details with a status of their own.
  fileprivate enum Reason: String {
    case modelNotFound = "model_not_found"
    case providerKeyRefused = "provider_key_refused"
    case providerMisconfigured = "provider_misconfigured"
  }

  fileprivate var reason: Reason? { details?[.reason]?.stringValue.flatMap(Reason.init) }
}

extension OpenAIErrorBody.Detail {
  init(_ failure: HTTPFailure) {
    let kind = Self.kind(of: failure)
    let code = failure.openAICode ?? failure.error.details?[.reason]?.stringValue ?? kind.code
    self.init(message: failure.messageWithWait, type: kind.type, param: failure.param, code: code)
  }

  /// Maps error codes to OpenAI's types and codes. A more specific code (`context_length_exceeded`,
  /// `insufficient_quota`) is in the details as `reason`.
  private static func kind(of failure: HTTPFailure) -> (type: String, code: String?) {
    switch failure.error.code {
    case .invalidRequest: ("invalid_request_error", nil)
    case .unauthorized: ("invalid_request_error", "invalid_api_key")
    case .forbidden: ("permission_error", "forbidden")
    case .notFound: ("invalid_request_error", "not_found")
    case .alreadyExists: ("invalid_request_error", "already_exists")
    case .failedPrecondition:
      (failure.status.kind == .serverError ? "server_error" : "invalid_request_error", "failed_precondition")
    case .aborted: ("invalid_request_error", "aborted")
    case .resourceExhausted: ("rate_limit_error", "rate_limit_exceeded")
    case .agentTimeout: ("server_error", "timeout")
    case .unavailable: ("server_error", "unavailable")
    case .internalError: ("server_error", "internal_error")
    }
  }
}

extension HTTPFailure {
  /// The largest `Retry-After` that is sent. The official `openai` client (3.57.0) obeys up to 120 s, the `anthropic`
  /// one (2.14.0) any time: it would sleep through a provider's window of an hour.
  static let longestRetryAfter = Duration.seconds(30)

  /// The wait, if it is too long for the header.
  private var longWait: Duration? { error.retryAfter.flatMap { $0 > Self.longestRetryAfter ? $0 : nil } }

  fileprivate var messageWithWait: String {
    let message = error.message(naming: { param ?? FieldNames.http.name($0) })
    guard let longWait, status != .unauthorized else { return message }
    return message + " (wait \((longWait.milliseconds + 999) / 1000) s)"
  }

  /// The complete response, in the error format of its route.
  func response(_ style: ErrorStyle) -> Response {
    switch style {
    case .openAI:
      return .json(OpenAIErrorBody(OpenAIErrorBody.Detail(self)), status: status, headers: allHeaders)
    case .plain:
      var details = error.wireDetails
      if let longWait { details = (details ?? [:]).merging(["retryAfterMs": .integer(longWait.milliseconds)]) { $1 } }
      let detail = HTTPErrorBody.Detail(
        code: ErrorCode(error.code), message: messageWithWait, details: details.map(JSONValue.object))
      return .json(HTTPErrorBody(detail), status: status, headers: allHeaders)
    }
  }

  private var allHeaders: HTTPFields {
    var headers = headers
    var shouldRetry = shouldRetry
    if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    // The same key with another body stays rejected.
    if error.code == .alreadyExists { shouldRetry = false }
    if let wait = error.retryAfter, wait > .zero {
      if wait <= Self.longestRetryAfter {
        headers[.retryAfter] = String((wait.milliseconds + 999) / 1000)
      } else if status == .unauthorized {
        // No client retries a wrong credential automatically; the header tells a reader that attempts are rate limited.
        headers[.retryAfter] = String(Self.longestRetryAfter.milliseconds / 1000)
      } else {
        shouldRetry = false
      }
    }
    if let shouldRetry { headers[.shouldRetry] = shouldRetry ? "true" : "false" }
    return headers
  }
}

extension Response {
  /// A JSON response.
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

  /// A plain text response.
  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
