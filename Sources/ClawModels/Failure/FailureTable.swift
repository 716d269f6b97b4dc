/// Classifies provider errors. One table for all vendors; the first matching row wins.
enum FailureTable {
  /// A row matches if the status is among `statuses` (nil: any, including errors inside a stream) and, if it has words,
  /// one of them is a mark of the error or occurs in its message.
  struct Row: Sendable {
    var statuses: [ClosedRange<Int>]?
    var marks: [String] = []
    /// In lower case; an asterisk matches anything between two parts.
    var phrases: [String] = []
    var kind: FailureKind
  }

  static let rows: [Row] = [
    // Some vendors answer 400, 401, 403 or 429 for an empty account: marks are checked before the status.
    Row(
      marks: [
        "insufficient_quota", "billing_hard_limit_reached", "billing_error", "insufficient_balance",
        "billing_not_active", "1008", "arrearage",
      ],
      phrases: [
        "credit balance is too low", "insufficient balance", "insufficient credits", "requires more credits",
        "used all available credits", "monthly spending limit",
      ], kind: .quotaUsedUp),
    Row(statuses: [402...402], kind: .quotaUsedUp),
    // A rejected key, whatever its text says about limits.
    Row(statuses: [401...401], kind: .keyRefused),
    Row(
      statuses: [400...400, 403...403],
      phrases: ["api key not valid", "incorrect api key", "invalid api key", "api_key_invalid"], kind: .keyRefused),
    Row(statuses: [413...413], kind: .contextTooLong),
    Row(
      statuses: [400...400, 422...422, 500...500], marks: contextMarks, phrases: contextPhrases, kind: .contextTooLong),
    // An unknown path, even if the status differs.
    Row(
      phrases: [
        "404 not_found", "404 not found", "404 page not found", "unexpected endpoint", "no such path", "cannot post",
        "no static resource", "no route for", "route not found", "unknown path",
      ], kind: .misconfigured),
    Row(statuses: [429...429], kind: .rateLimited),
    Row(statuses: [403...403], kind: .keyRefused),
    Row(
      statuses: [404...404], marks: ["model_not_found", "not_found_error", "invalid_model"], phrases: ["model"],
      kind: .modelUnknown),
    Row(statuses: [404...404, 405...405], kind: .misconfigured),
    Row(
      statuses: [400...400, 422...422],
      marks: ["model_not_found", "invalid_model"],
      phrases: ["is not a valid model", "unknown model", "invalid model", "model not found", "model not exist"],
      kind: .modelUnknown),
    Row(statuses: [408...408, 425...425, 500...599], kind: .unavailable),
    Row(statuses: [300...399], kind: .misconfigured),
    Row(statuses: [400...499], kind: .requestRefused),
    // Errors inside a stream may have no status: check the vendors' marks.
    Row(marks: ["rate_limit_error", "rate_limit_exceeded", "resource_exhausted", "1002"], kind: .rateLimited),
    Row(marks: ["authentication_error", "permission_error", "invalid_api_key", "1004"], kind: .keyRefused),
    Row(marks: contextMarks + ["1039"], phrases: contextPhrases, kind: .contextTooLong),
    Row(marks: ["not_found_error", "model_not_found"], kind: .modelUnknown),
    Row(marks: ["invalid_request_error", "invalid_argument", "2013"], kind: .requestRefused),
    Row(marks: ["overloaded_error", "api_error", "server_error", "unavailable", "timeout"], kind: .unavailable),
  ]

  private static let contextMarks = [
    "context_length_exceeded", "exceed_context_size_error", "request_too_large", "model_context_window_exceeded",
    "context_window_exceeded", "string_above_max_length",
  ]

  /// Messages for a conversation that is too long. Each includes its object (tokens, context, input length): "the
  /// prompt contains" alone may continue with a policy violation.
  private static let contextPhrases = [
    "maximum context length", "context length exceeded", "context_length_exceeded", "prompt is too long",
    "exceeds the context window", "exceeds the available context size", "exceed context limit",
    "input token count", "reduce the length of the messages", "maximum prompt length", "too many tokens",
    "context window exceeds limit", "input is too long", "prompt contains*tokens",
    // Alibaba Cloud Model Studio (DashScope), from bug reports: "Range of input length should be [1, 30720]".
    "range of input length should be", "total message token length exceed", "input length*exceed",
    "input tokens exceed", "tokens exceed*limit", "token limit exceeded", "exceeds the maximum number of tokens",
    "exceeds the model's context", "exceeded model token limit", "larger than the model's context",
    "longer than the model's context", "longer than the maximum model length", "context size has been exceeded",
    "trying to keep the first*tokens", "inputs` tokens + `max_new_tokens` must be", "prompt too long",
    "request exceeds the maximum size", "input*exceeds*maximum*token", "context window*exceed",
    "exceeds*context length",
    "exceed*max*context", "prompt*exceeds*max*length",
  ]

  static func classify(_ evidence: ErrorEvidence, otherwise: FailureKind = .unavailable) -> FailureKind {
    let message = Array(evidence.message.lowercased().utf8)
    return rows.first { fits($0, evidence, message) }?.kind ?? otherwise
  }

  private static func fits(_ row: Row, _ evidence: ErrorEvidence, _ message: [UInt8]) -> Bool {
    if let statuses = row.statuses {
      guard let status = evidence.status, statuses.contains(where: { $0.contains(status) }) else { return false }
    }
    if row.marks.isEmpty && row.phrases.isEmpty { return true }
    return row.marks.contains(where: evidence.marks.contains) || row.phrases.contains { occurs($0, in: message) }
  }

  /// Whether the parts of the phrase occur in order.
  private static func occurs(_ phrase: String, in message: [UInt8]) -> Bool {
    var rest = message[...]
    for part in phrase.utf8.split(separator: UInt8(ascii: "*")) {
      guard let end = rest.end(ofFirst: part) else { return false }
      rest = rest[end...]
    }
    return true
  }
}

extension ArraySlice<UInt8> {
  /// The end of the first occurrence of `word`; nil if there is none.
  func end(ofFirst word: some Collection<UInt8>) -> Int? {
    let length = word.count
    guard let first = word.first, count >= length else { return nil }
    var start = startIndex
    while start + length <= endIndex {
      if self[start] == first, self[start..<(start + length)].elementsEqual(word) { return start + length }
      start += 1
    }
    return nil
  }
}

extension ModelFailure {
  /// - Parameter otherwise: The kind of an error that matches no row.
  init(_ evidence: ErrorEvidence, retryAfter: Duration? = nil, otherwise: FailureKind = .unavailable) {
    self.init(
      FailureTable.classify(evidence, otherwise: otherwise), status: evidence.status,
      detail: evidence.message.isEmpty ? nil : evidence.message, retryAfter: retryAfter ?? evidence.retryAfter)
    self.evidence = evidence
  }
}
