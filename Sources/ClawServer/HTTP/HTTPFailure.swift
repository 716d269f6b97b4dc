import ClawCore
import HTTPTypes

/// An error on its way to becoming a response.
struct HTTPFailure: Error, Sendable {
  var error: ClawError
  var status: HTTPResponse.Status
  /// The field at fault, on OpenAI's routes.
  var param: String?
  /// OpenAI's word for it, where the code alone doesn't give it.
  var openAICode: String?
  /// Whether the same request may simply be sent again; nil where the status says enough. The official `openai` and
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

  /// Any error as one.
  init(wrapping error: any Error) {
    self = error as? HTTPFailure ?? HTTPFailure(ClawError(wrapping: error))
  }

  /// Why a run that was accepted came to nothing. Sending the request again would start another run, with all that it
  /// does, so nobody is to do that without thinking: the vendors' clients repeat 408, 409, 429 and 5xx by themselves.
  init(afterAccepting error: any Error, run: String) {
    self.init(wrapping: error)
    shouldRetry = false
    headers[.runID] = run
  }

  static func bodyTooLarge(_ message: String) -> HTTPFailure {
    HTTPFailure(ClawError(.invalidRequest, message), status: .contentTooLarge)
  }

  /// A request that is wrong in one of its fields.
  static func invalid(_ message: String, param: String?, openAICode: String? = nil) -> HTTPFailure {
    HTTPFailure(ClawError(.invalidRequest, message), param: param, openAICode: openAICode)
  }

  /// A field that is understood and can't be honoured.
  static func unsupported(_ message: String, param: String) -> HTTPFailure {
    invalid(message, param: param, openAICode: "unsupported_parameter")
  }
}
