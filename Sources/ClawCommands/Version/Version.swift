/// What this is a release of.
public enum SwiftClawVersion {
  public static let current = "0.1.0"
}
