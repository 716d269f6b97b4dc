/// A model provider that a tenant has set up, on the routes `/v1/providers`. Times are Unix milliseconds.
public struct ProviderBody: Codable, Sendable {
  /// The same as ``name``, as used in the routes.
  public var id: String
  /// The part before the slash of its models' names: 1 to 64 lower-case letters, digits and dashes.
  public var name: String
  /// The display name; left out if there is none.
  public var display_name: String?
  /// The API of the provider: `openai_compat` or `anthropic_native`.
  public var provider_type: String
  /// The base URL; left out if the gateway knows the name.
  public var api_base: String?
  /// `***` if there is a key, left out if there is none. The key itself is never returned.
  public var api_key: String?
  /// The model that the provider's bare name stands for; left out if none was set.
  public var default_model: String?
  /// Models that can be used by their bare names before the provider has listed any.
  public var models: [String]
  /// Whether runs may use it.
  public var enabled: Bool
  /// When it was created.
  public var created_at: Int64
  /// When it last changed.
  public var updated_at: Int64

  /// An entry as listed. Its revision goes into the header `ETag`; of its key only the existence is shown.
  public init(
    name: String, display_name: String?, provider_type: String, api_base: String?, hasKey: Bool,
    default_model: String?, models: [String], enabled: Bool, created_at: Int64, updated_at: Int64
  ) {
    id = name
    self.name = name
    self.display_name = display_name
    self.provider_type = provider_type
    self.api_base = api_base
    api_key = hasKey ? "***" : nil
    self.default_model = default_model
    self.models = models
    self.enabled = enabled
    self.created_at = created_at
    self.updated_at = updated_at
  }
}

/// `GET /v1/providers`
public struct ProviderListBody: Codable, Sendable {
  /// This page, sorted by name: the tenant's own providers, without the gateway's.
  public var providers: [ProviderBody]
  /// The `cursor` of the next page; left out on the last page.
  public var next_cursor: String?

  /// A page; without a cursor it is the last.
  public init(providers: [ProviderBody], next_cursor: String?) {
    self.providers = providers
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/providers`, and of `PUT` and `PATCH /v1/providers/{name}`, where omitted members stay
/// unchanged and the name is fixed.
public struct ProviderDraftBody: Codable, Sendable {
  /// Required by `POST`; can't be changed later.
  public var name: String?
  /// At most 200 bytes.
  public var display_name: String?
  /// `openai_compat` or `anthropic_native`; if left out, the vendor's API, else `openai_compat`.
  public var provider_type: String?
  /// Begins with `http://` or `https://` and usually ends in `/v1`. Left out for a name that the gateway knows. If it
  /// changes, the key must be given again.
  public var api_base: String?
  /// The key; `***` or an empty text keeps the stored one.
  public var api_key: String?
  /// At most 200 bytes.
  public var default_model: String?
  /// At most 1000 names.
  public var models: [String]?
  /// True if left out of `POST`.
  public var enabled: Bool?

  /// By default, changes nothing.
  public init(
    name: String? = nil, display_name: String? = nil, provider_type: String? = nil, api_base: String? = nil,
    api_key: String? = nil, default_model: String? = nil, models: [String]? = nil, enabled: Bool? = nil
  ) {
    self.name = name
    self.display_name = display_name
    self.provider_type = provider_type
    self.api_base = api_base
    self.api_key = api_key
    self.default_model = default_model
    self.models = models
    self.enabled = enabled
  }
}

/// The body of `POST /v1/providers/{name}/test`.
public struct ProviderTestRequestBody: Codable, Sendable {
  /// The model to call, without the provider's name; the default model if left out.
  public var model: String?

  /// Calls the default model unless another is given.
  public init(model: String? = nil) {
    self.model = model
  }
}

/// The answer to `POST /v1/providers/{name}/test`: status 200 whether or not the provider answered.
public struct ProviderTestBody: Codable, Sendable {
  /// Whether the model answered.
  public var ok: Bool
  /// The model that was called, as `provider/model`.
  public var model: String
  /// Duration of the call.
  public var duration_ms: Int64
  /// Left out on success.
  public var error: ErrorBody?

  /// A successful test, unless there is an error.
  public init(model: String, duration_ms: Int64, error: ErrorBody?) {
    ok = error == nil
    self.model = model
    self.duration_ms = duration_ms
    self.error = error
  }
}

/// `GET /v1/providers/{name}/models`
public struct ProviderModelsBody: Codable, Sendable {
  /// The models listed by the provider.
  public var models: [Model]
  /// Why there is no list; left out if there is one.
  public var error: String?

  /// A model as the provider lists it.
  public struct Model: Codable, Sendable {
    /// As `provider/model`.
    public var id: String
    /// The display name.
    public var name: String
    /// In tokens; left out if unknown.
    public var context_window: Int?

    /// One entry of the list.
    public init(id: String, name: String, context_window: Int?) {
      self.id = id
      self.name = name
      self.context_window = context_window
    }
  }

  /// Models, or an error.
  public init(models: [Model], error: String?) {
    self.models = models
    self.error = error
  }
}
