import HTTPTypes

/// What is known of a route from outside: enough for a test, or a document, to go through all that there are.
public struct RouteDescription: Sendable, Hashable {
  /// Such as `GET`.
  public let method: String
  /// A part of it may be `{name}`, which stands for anything but `/`.
  public let path: String
  public let access: RouteAccess
  public let takesBody: Bool

  init(_ route: HTTPRoute) {
    method = route.method.rawValue
    path = route.path
    access = route.access
    takesBody = route.takesBody
  }
}
