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
  var headers: HTTPFields = [:]

  init(
    _ error: ClawError, status: HTTPResponse.Status? = nil, param: String? = nil, openAICode: String? = nil,
    headers: HTTPFields = [:]
  ) {
    self.error = error
    self.status = status ?? HTTPResponse.Status(error.code)
    self.param = param
    self.openAICode = openAICode
    self.headers = headers
  }

  /// Any error as one.
  init(wrapping error: any Error) {
    self = error as? HTTPFailure ?? HTTPFailure(ClawError(wrapping: error))
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
