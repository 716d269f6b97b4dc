import ClawCore
import ClawJSON

/// How to enable a model's thinking.
enum ThinkingStyle: Sendable, Hashable {
  /// Not possible, or always on, or without a parameter.
  case none
  /// `reasoning_effort`, if the caller set one: the model is unknown.
  case passed
  /// `reasoning_effort`: the default, and the supported values.
  case effort(ReasoningEffort, of: [ReasoningEffort])
  /// `reasoning: {"enabled": true}`, or with an effort (OpenRouter).
  case reasoningObject
  /// `thinking: {"type": "enabled"}` (DeepSeek).
  case enabledObject
  /// `thinking` with `budget_tokens` (Anthropic up to 4.5).
  case budget
  /// `thinking: {"type": "adaptive"}` (Anthropic from 4.6 on), with `display` if thinking is hidden by default, and the
  /// values that `output_config.effort` accepts.
  case adaptive(display: String?, efforts: [ReasoningEffort])

  /// Whether the caller's effort has any effect.
  var takesEffort: Bool { self != .none }
}

extension ReasoningEffort {
  /// OpenRouter's values.
  static let openRouter: [ReasoningEffort] = [.none, .minimal, .low, .medium, .high, .xhigh]

  /// The nearest supported value; the lower one of two. Nil if none is supported.
  func nearest(among known: [ReasoningEffort]) -> ReasoningEffort? {
    let order = Self.allCases
    guard let place = order.firstIndex(of: self) else { return nil }
    return known.min { left, right in
      let (before, after) = (order.firstIndex(of: left) ?? 0, order.firstIndex(of: right) ?? 0)
      return (abs(before - place), before) < (abs(after - place), after)
    }
  }

  /// In tokens, for models with a budget; `standard` corresponds to medium.
  func budget(of standard: Int) -> Int {
    switch self {
    case .none: 0
    case .minimal: 1024
    case .low: Swift.max(1024, standard / 2)
    case .medium: standard
    case .high: standard * 2
    case .xhigh, .max: standard * 4
    }
  }
}

extension ModelRequest {
  /// Whether the model is to think: because thinking was requested, or because the caller set an effort.
  var wantsThinking: Bool {
    switch sampling.reasoningEffort {
    case .none?: false
    case nil: thinking
    default: true
    }
  }
}

/// How reasoning before a tool call is sent back to the model that produced it.
enum ReasoningReplay: Sendable, Hashable {
  case never
  /// As `reasoning_content` of the message.
  case field
  /// As `reasoning_details` of the message (OpenRouter).
  case details
  /// Before the text, between `<think>` and `</think>`.
  case tags
}

/// A difference of a vendor or model from the plain dialect.
enum Quirk: Sendable, Hashable {
  case maxTokensField(String)
  /// Rejects `temperature` and `top_p`.
  case refusesSampling
  /// Accepts them, unlike its vendor's other models.
  case takesSampling
  /// `temperature` and `top_p` can't both be set.
  case oneSamplingOption
  case refusesStop
  /// Nil: no seed.
  case seedField(String?)
  case refusesStreamOptions
  case systemRole(String)
  case refusesSchemaKeywords(UTF8Set)
  case callIDs(CallIDStyle)
  case refusesTools
  case refusesImages
  case refusesResponseFormat
  case thinking(ThinkingStyle)
  /// Thinks unasked; the length limit must leave room for that.
  case alwaysThinks
  /// The range of `temperature` ends at 1.
  case lowTemperatures
  case replaysReasoning(ReasoningReplay)
  /// Reasoning may be inside the text, between `<think>` and `</think>`.
  case thinksInText
  /// A user message can't directly follow results.
  case answersBeforeUser
  /// Accepts an opaque user ID.
  case takesUser
  /// A call in the current turn without a signature needs this placeholder (Gemini 3).
  case signaturePlaceholder(String)
  /// Has no list of models.
  case hasNoList
  /// The model's longest answer, and the default limit (Anthropic requires one).
  case outputTokens(standard: Int, most: Int)
}

/// All quirks of one model of one vendor.
struct ModelQuirks: Sendable, Hashable {
  var maxTokensField = "max_tokens"
  var takesSampling = true
  var takesBothSamplingOptions = true
  var takesStop = true
  var seedField: String? = "seed"
  var takesStreamOptions = true
  var systemRole = "system"
  var refusedSchemaKeywords: UTF8Set = []
  var callIDs = CallIDStyle.upTo(40)
  var takesTools = true
  var takesImages = true
  var takesResponseFormat = true
  var thinking = ThinkingStyle.passed
  var alwaysThinks = false
  var highestTemperature = 2.0
  var reasoningReplay = ReasoningReplay.never
  var thinksInText = false
  var answersBeforeUser = false
  var takesUser = false
  var signaturePlaceholder: String?
  var hasList = true
  var standardOutputTokens = 8192
  var mostOutputTokens = 8192

  /// Applies the table; later rows override earlier ones.
  /// - Parameter vendor: Nil for an unknown server: the plain dialect.
  init(vendor: String?, model: String) {
    for row in QuirkTable.rows where row.fits(vendor: vendor, model: model) {
      for quirk in row.quirks { apply(quirk) }
    }
  }

  private mutating func apply(_ quirk: Quirk) {
    switch quirk {
    case .maxTokensField(let name): maxTokensField = name
    case .refusesSampling: takesSampling = false
    case .takesSampling: takesSampling = true
    case .oneSamplingOption: takesBothSamplingOptions = false
    case .refusesStop: takesStop = false
    case .seedField(let name): seedField = name
    case .refusesStreamOptions: takesStreamOptions = false
    case .systemRole(let role): systemRole = role
    case .refusesSchemaKeywords(let keywords): refusedSchemaKeywords.formUnion(keywords)
    case .callIDs(let style): callIDs = style
    case .refusesTools: takesTools = false
    case .refusesImages: takesImages = false
    case .refusesResponseFormat: takesResponseFormat = false
    case .thinking(let style): thinking = style
    case .alwaysThinks: alwaysThinks = true
    case .lowTemperatures: highestTemperature = 1
    case .replaysReasoning(let replay): reasoningReplay = replay
    case .thinksInText: thinksInText = true
    case .answersBeforeUser: answersBeforeUser = true
    case .takesUser: takesUser = true
    case .signaturePlaceholder(let text): signaturePlaceholder = text
    case .hasNoList: hasList = false
    case .outputTokens(let standard, let most):
      standardOutputTokens = standard
      mostOutputTokens = most
    }
  }
}
