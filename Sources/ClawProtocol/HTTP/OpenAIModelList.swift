/// The answer to `GET /v1/models`.
/// See <https://platform.openai.com/docs/api-reference/models/list>.
public struct OpenAIModelList: Codable, Sendable {
  public var object: String
  public var data: [Model]

  public struct Model: Codable, Sendable {
    public var id: String
    public var object: String
    /// Unix seconds; 0 where unknown.
    public var created: Int64
    public var owned_by: String

    public init(id: String, created: Int64, owned_by: String) {
      self.id = id
      object = "model"
      self.created = created
      self.owned_by = owned_by
    }
  }

  public init(data: [Model]) {
    object = "list"
    self.data = data
  }
}
