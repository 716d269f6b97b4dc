import ClawJSON

/// How a model wants to be told to think.
enum ThinkingStyle: Sendable, Hashable {
  /// Not at all: it can't, or always does, or the vendor has no switch.
  case none
  /// `reasoning_effort`.
  case effort(String)
  /// `reasoning: {"enabled": true}` (OpenRouter).
  case reasoningObject
  /// `thinking: {"type": "enabled"}` (DeepSeek).
  case enabledObject
  /// `thinking` with `budget_tokens` (Anthropic up to 4.5).
  case budget
  /// `thinking: {"type": "adaptive"}` (Anthropic from 4.6 on).
  case adaptive
}

/// How the reasoning before a tool call is given back to the model that made it.
enum ReasoningReplay: Sendable, Hashable {
  case never
  /// As `reasoning_content` of the message.
  case field
  /// As `reasoning_details` of the message (OpenRouter).
  case details
  /// In front of the text, between `<think>` and `</think>`.
  case tags
}

/// One way in which a vendor or a model differs from the plain dialect.
enum Quirk: Sendable, Hashable {
  case maxTokensField(String)
  /// `temperature` and `top_p` are refused.
  case refusesSampling
  /// `temperature` and `top_p` can't both be set.
  case oneSamplingOption
  case refusesStop
  /// Nil: takes no seed.
  case seedField(String?)
  case refusesStreamOptions
  case systemRole(String)
  case refusesSchemaKeywords(UTF8Set)
  case callIDs(CallIDStyle)
  case refusesTools
  case refusesImages
  case refusesResponseFormat
  case thinking(ThinkingStyle)
  case replaysReasoning(ReasoningReplay)
  /// Reasoning may come inside the text, between `<think>` and `</think>`.
  case thinksInText
  /// A user message may not follow results directly.
  case answersBeforeUser
  /// Takes an opaque id of who asks.
  case takesUser
  /// A call in the current turn without a signature needs this stand-in for one (Gemini 3).
  case signaturePlaceholder(String)
  /// Has no list of models.
  case hasNoList
  /// Longest answer a model can give, and what is asked for where nobody says (Anthropic demands a figure).
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
  var thinking = ThinkingStyle.none
  var reasoningReplay = ReasoningReplay.never
  var thinksInText = false
  var answersBeforeUser = false
  var takesUser = false
  var signaturePlaceholder: String?
  var hasList = true
  var standardOutputTokens = 8192
  var mostOutputTokens = 8192

  /// What the table says, rows later in it having the last word.
  init(vendor: String, model: String) {
    for row in QuirkTable.rows where row.fits(vendor: vendor, model: model) {
      for quirk in row.quirks { apply(quirk) }
    }
  }

  private mutating func apply(_ quirk: Quirk) {
    switch quirk {
    case .maxTokensField(let name): maxTokensField = name
    case .refusesSampling: takesSampling = false
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
