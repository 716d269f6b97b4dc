/// What one look of the doctor found.
struct DoctorFinding: Sendable {
  enum Verdict: Sendable {
    case good
    /// Works, but somebody should know.
    case remark
    /// Has to be mended; the status the command ends with.
    case bad(CommandStatus)
  }

  let subject: String
  let verdict: Verdict
  let text: String
  /// What to type, or do, to mend it.
  let remedy: String?

  static func good(_ subject: String, _ text: String) -> Self {
    Self(subject: subject, verdict: .good, text: text, remedy: nil)
  }

  static func remark(_ subject: String, _ text: String, _ remedy: String? = nil) -> Self {
    Self(subject: subject, verdict: .remark, text: text, remedy: remedy)
  }

  static func bad(_ subject: String, _ status: CommandStatus, _ text: String, _ remedy: String) -> Self {
    Self(subject: subject, verdict: .bad(status), text: text, remedy: remedy)
  }
}
