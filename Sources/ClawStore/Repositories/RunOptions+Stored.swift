import ClawCore
import ClawJSON

/// Stored form of run options. Nodes of two versions read each other's rows: a missing field gets its default, an
/// unknown one is ignored.
extension RunOptions {
  /// The stored text.
  var stored: String {
    var value: JSONObject = ["stream": .bool(stream), "thinking": .bool(thinking)]
    if !candidates.isEmpty { value["models"] = .array(candidates.map { .string($0.description) }) }
    value["model"] = model.map { .string($0) }
    if !instructions.isEmpty { value["instructions"] = .string(instructions) }
    if sampling != SamplingOptions() { value["sampling"] = sampling.stored }
    return JSONValue.object(NewerFormat.object(value)).serializedString()
  }

  /// - Throws: If the text is not an object.
  init(stored text: String) throws {
    let value = try JSONValue(parsing: text)
    guard value.objectValue != nil else {
      throw ClawError(.internalError, "what was asked of a run is not an object")
    }
    let standard = RunOptions()
    self.init(
      stream: value["stream"]?.boolValue ?? standard.stream,
      thinking: value["thinking"]?.boolValue ?? standard.thinking, model: value["model"]?.stringValue,
      candidates: (value["models"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { ModelReference($0) } },
      instructions: value["instructions"]?.stringValue ?? standard.instructions,
      sampling: value["sampling"].map(SamplingOptions.init(stored:)) ?? standard.sampling)
  }
}

extension SamplingOptions {
  fileprivate var stored: JSONValue {
    var value: JSONObject = [:]
    value["temperature"] = temperature.map { .number($0) }
    value["topP"] = topP.map { .number($0) }
    value["maxOutputTokens"] = maxOutputTokens.map { .integer(Int64($0)) }
    if !stop.isEmpty { value["stop"] = .array(stop.map { .string($0) }) }
    value["seed"] = seed.map { .integer(Int64($0)) }
    value["responseFormat"] = responseFormat
    value["effort"] = reasoningEffort.map { .string($0.rawValue) }
    return .object(NewerFormat.object(value))
  }

  fileprivate init(stored value: JSONValue) {
    self.init(
      temperature: value["temperature"]?.doubleValue, topP: value["topP"]?.doubleValue,
      maxOutputTokens: value["maxOutputTokens"]?.intValue,
      stop: (value["stop"]?.arrayValue ?? []).compactMap(\.stringValue), seed: value["seed"]?.intValue,
      responseFormat: value["responseFormat"].flatMap { $0 == .null ? nil : $0 },
      reasoningEffort: value["effort"]?.stringValue.flatMap(ReasoningEffort.init(rawValue:)))
  }
}

extension RunFailure {
  /// The stored text.
  var stored: String {
    var value: JSONObject = ["code": .string(code), "message": .string(message)]
    value["retryAfterMs"] = retryAfterMs.map { .integer($0) }
    value["reason"] = reason.map { .string($0) }
    return JSONValue.object(NewerFormat.object(value)).serializedString()
  }

  /// An undecodable failure becomes an internal error: lists that include it must not fail.
  init(stored text: String) {
    let value = (try? JSONValue(parsing: text)) ?? .null
    self.init(
      code: value["code"]?.stringValue ?? ClawError.Code.internalError.rawValue,
      message: value["message"]?.stringValue ?? "internal error",
      retryAfterMs: value["retryAfterMs"]?.intValue.map { Int64($0) }, reason: value["reason"]?.stringValue)
  }
}
