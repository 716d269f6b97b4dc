/// Which failure a provider's error is. One table for all vendors; the first row that fits counts.
enum FailureTable {
  /// A row fits if the status is among `statuses` (nil: any, and errors inside a stream too) and, where words are
  /// given, one of them is a mark of the error or occurs in its message.
  struct Row: Sendable {
    var statuses: [ClosedRange<Int>]?
    var marks: [String] = []
    var phrases: [String] = []
    var kind: FailureKind
  }

  static let rows: [Row] = [
    // Some vendors answer 400, 401, 403 or 429 to an empty account: the mark decides, before the status does.
    Row(
      marks: [
        "insufficient_quota", "billing_hard_limit_reached", "billing_error", "insufficient_balance",
        "billing_not_active", "1008",
      ],
      phrases: [
        "credit balance is too low", "insufficient balance", "insufficient credits", "requires more credits",
        "used all available credits", "monthly spending limit",
      ], kind: .quotaUsedUp),
    Row(statuses: [402...402], kind: .quotaUsedUp),
    // A key that was refused stays that, whatever its text says about limits.
    Row(statuses: [401...401], kind: .keyRefused),
    Row(
      statuses: [400...400, 403...403],
      phrases: ["api key not valid", "incorrect api key", "invalid api key", "api_key_invalid"], kind: .keyRefused),
    Row(statuses: [413...413], kind: .contextTooLong),
    Row(
      statuses: [400...400, 422...422, 500...500],
      marks: [
        "context_length_exceeded", "exceed_context_size_error", "request_too_large", "model_context_window_exceeded",
      ],
      phrases: [
        "maximum context length", "context length exceeded", "context_length_exceeded", "prompt is too long",
        "exceeds the context window", "exceeds the available context size", "exceed context limit",
        "input token count", "reduce the length of the messages", "maximum prompt length", "too many tokens",
        "context window exceeds limit", "input is too long", "prompt contains",
      ], kind: .contextTooLong),
    Row(statuses: [429...429], kind: .rateLimited),
    Row(statuses: [403...403], kind: .keyRefused),
    Row(statuses: [404...404], kind: .modelUnknown),
    Row(
      statuses: [400...400, 422...422],
      marks: ["model_not_found", "invalid_model"],
      phrases: ["is not a valid model", "unknown model", "invalid model", "model not found", "model not exist"],
      kind: .modelUnknown),
    Row(statuses: [408...408, 425...425, 500...599], kind: .unavailable),
    Row(statuses: [300...399], kind: .misconfigured),
    Row(statuses: [400...499], kind: .requestRefused),
    // Inside a stream there may be no number: the marks of the vendors.
    Row(marks: ["rate_limit_error", "rate_limit_exceeded", "resource_exhausted", "1002"], kind: .rateLimited),
    Row(marks: ["authentication_error", "permission_error", "invalid_api_key", "1004"], kind: .keyRefused),
    Row(
      marks: ["context_length_exceeded", "request_too_large", "exceed_context_size_error", "1039"],
      phrases: ["maximum context length", "prompt is too long", "exceeds the available context size"],
      kind: .contextTooLong),
    Row(marks: ["not_found_error", "model_not_found"], kind: .modelUnknown),
    Row(marks: ["invalid_request_error", "invalid_argument", "2013"], kind: .requestRefused),
    Row(kind: .unavailable),
  ]

  static func classify(_ evidence: ErrorEvidence) -> FailureKind {
    let message = evidence.message.lowercased()
    return rows.first { fits($0, evidence, message) }?.kind ?? .unavailable
  }

  private static func fits(_ row: Row, _ evidence: ErrorEvidence, _ message: String) -> Bool {
    if let statuses = row.statuses {
      guard let status = evidence.status, statuses.contains(where: { $0.contains(status) }) else { return false }
    }
    if row.marks.isEmpty && row.phrases.isEmpty { return true }
    return row.marks.contains(where: evidence.marks.contains) || row.phrases.contains(where: message.contains)
  }
}

extension ModelFailure {
  init(_ evidence: ErrorEvidence, retryAfter: Duration? = nil) {
    self.init(
      FailureTable.classify(evidence), status: evidence.status,
      detail: evidence.message.isEmpty ? nil : evidence.message, retryAfter: retryAfter)
  }
}
