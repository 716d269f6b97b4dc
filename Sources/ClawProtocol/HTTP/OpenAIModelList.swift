/// The response to `GET /v1/models`. See <https://platform.openai.com/docs/api-reference/models/list>.
public struct OpenAIModelList: Codable, Sendable {
  /// Always `list`.
  public var object: String
  /// Agents first, as `swiftclaw:<key>`, then the providers' models.
  public var data: [Model]

  /// An agent or a model: either can be the `model` of a request.
  public struct Model: Codable, Sendable {
    /// The `model` of a request.
    public var id: String
    /// Always `model`.
    public var object: String
    /// Unix seconds; 0 if unknown.
    public var created: Int64
    /// The provider; `swiftclaw` for agents.
    public var owned_by: String

    /// An entry; `object` is set to `model`.
    public init(id: String, created: Int64, owned_by: String) {
      self.id = id
      object = "model"
      self.created = created
      self.owned_by = owned_by
    }
  }

  /// All entries: the vendor's list has no pages.
  public init(data: [Model]) {
    object = "list"
    self.data = data
  }
}
