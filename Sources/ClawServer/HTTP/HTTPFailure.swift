import ClawCore
import HTTPTypes

/// An error to be sent as an HTTP response.
struct HTTPFailure: Error, Sendable {
  var error: ClawError
  var status: HTTPResponse.Status
  /// The parameter at fault, on OpenAI's routes.
  var param: String?
  /// OpenAI's error code, if it does not follow from ours.
  var openAICode: String?
  /// Whether the request may be retried unchanged; nil if the status is sufficient. The official `openai` and
  /// `anthropic` clients obey it (seen with `openai` 3.57.0 and `anthropic` 2.14.0).
  var shouldRetry: Bool?
  var headers: HTTPFields = [:]

  init(
    _ error: ClawError, status: HTTPResponse.Status? = nil, param: String? = nil, openAICode: String? = nil,
    headers: HTTPFields = [:]
  ) {
    self.error = error
    self.status = status ?? HTTPResponse.Status(error)
    self.param = param
    self.openAICode = openAICode
    self.headers = headers
  }

  /// Wraps any error.
  init(wrapping error: any Error) {
    self = error as? HTTPFailure ?? HTTPFailure(ClawError(wrapping: error))
  }

  /// Why an accepted run failed. Resending the request would start another run, with all its effects, so clients must
  /// not retry automatically: the vendors' clients retry 408, 409, 429 and 5xx.
  init(afterAccepting error: any Error, run: String) {
    self.init(wrapping: error)
    shouldRetry = false
    headers[.runID] = run
  }

  static func bodyTooLarge(_ message: String) -> HTTPFailure {
    HTTPFailure(ClawError(.invalidRequest, message), status: .contentTooLarge)
  }

  /// A request with an invalid field.
  static func invalid(_ message: String, param: String?, openAICode: String? = nil) -> HTTPFailure {
    HTTPFailure(ClawError(.invalidRequest, message), param: param, openAICode: openAICode)
  }

  /// A known field that is not supported.
  static func unsupported(_ message: String, param: String) -> HTTPFailure {
    invalid(message, param: param, openAICode: "unsupported_parameter")
  }
}
