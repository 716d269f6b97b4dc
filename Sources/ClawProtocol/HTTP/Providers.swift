/// A provider of models that a tenant has set up, on the routes `/v1/providers`. Times are Unix milliseconds.
public struct ProviderBody: Codable, Sendable {
  /// The same as ``name``: what the routes name it by.
  public var id: String
  /// The part before the slash of its models' names: 1 to 64 lower-case letters, digits and dashes.
  public var name: String
  /// What people call it; left out if it has no such name.
  public var display_name: String?
  /// `openai_compat` or `anthropic_native`: how it is spoken to.
  public var provider_type: String
  /// Where it is reached; left out where the gateway knows the name.
  public var api_base: String?
  /// `***` if there is a key, left out if there is none. The key itself is never told.
  public var api_key: String?
  /// The model that the provider's bare name stands for; left out if none was named.
  public var default_model: String?
  /// Models that are known by their bare names before the provider has listed any.
  public var models: [String]
  /// Whether runs may use it.
  public var enabled: Bool
  /// When it was set up.
  public var created_at: Int64
  /// When it last changed.
  public var updated_at: Int64

  /// The entry as it is listed; its revision goes into the header `ETag`, and of its key nothing but that there is one.
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
  /// This page, by name: what the tenant has set up, without the gateway's own.
  public var providers: [ProviderBody]
  /// What `cursor` continues with; left out on the last page.
  public var next_cursor: String?

  /// A page; without a cursor it is the last.
  public init(providers: [ProviderBody], next_cursor: String?) {
    self.providers = providers
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/providers`, and of `PUT` and `PATCH /v1/providers/{name}`, where what is left out stays as it
/// is and the name can't change.
public struct ProviderDraftBody: Codable, Sendable {
  /// Needed by `POST`, and fixed from there on.
  public var name: String?
  /// At most 200 bytes.
  public var display_name: String?
  /// `openai_compat` or `anthropic_native`; left out: the vendor's own kind, else `openai_compat`.
  public var provider_type: String?
  /// Begins with `http://` or `https://` and mostly ends in `/v1`. Left out for a name that the gateway knows. With
  /// another address the key has to be given again.
  public var api_base: String?
  /// The key; `***` or an empty text leaves the stored one as it is.
  public var api_key: String?
  /// At most 200 bytes.
  public var default_model: String?
  /// At most 1000 names.
  public var models: [String]?
  /// True if it is left out of `POST`.
  public var enabled: Bool?

  /// Changes nothing unless told what.
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
  /// The model to ask, without the provider's name; left out: the default one.
  public var model: String?

  /// Asks the default model unless told which.
  public init(model: String? = nil) {
    self.model = model
  }
}

/// The answer to `POST /v1/providers/{name}/test`: 200 whether the provider answered or not.
public struct ProviderTestBody: Codable, Sendable {
  /// Whether the model answered.
  public var ok: Bool
  /// The model that was asked, as `provider/model`.
  public var model: String
  /// How long it took.
  public var duration_ms: Int64
  /// Left out if all went well.
  public var error: ErrorBody?

  /// A test that went well, unless there is an error.
  public init(model: String, duration_ms: Int64, error: ErrorBody?) {
    ok = error == nil
    self.model = model
    self.duration_ms = duration_ms
    self.error = error
  }
}

/// `GET /v1/providers/{name}/models`
public struct ProviderModelsBody: Codable, Sendable {
  /// What the provider lists.
  public var models: [Model]
  /// Why there is no list; left out if there is one.
  public var error: String?

  /// A model as the provider lists it.
  public struct Model: Codable, Sendable {
    /// As `provider/model`.
    public var id: String
    /// For people.
    public var name: String
    /// In tokens; left out where it is unknown.
    public var context_window: Int?

    /// One line of the list.
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
