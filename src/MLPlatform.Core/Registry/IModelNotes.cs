namespace MLPlatform.Core.Registry;

/// <summary>What people and tracking clients write beside a model or a version of it.</summary>
/// <param name="Version">0 for the model itself.</param>
/// <param name="Stage">Null for none.</param>
/// <param name="Source">Where the version's files were registered from.</param>
/// <param name="TrackedRun">The tracked run that made it.</param>
public sealed record ModelNote(
    string Model, int Version, string? Description, IReadOnlyDictionary<string, string> Tags, string? Stage, string? Source, string? TrackedRun, string? LoggedModel,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>Notes on models, and models that have no version yet.</summary>
public interface IModelNotes
{
    /// <summary>Makes a model without versions; false if there is one of this name.</summary>
    Task<bool> CreateModelAsync(string model, string? description, IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <summary>All notes, or those of one model.</summary>
    Task<IReadOnlyList<ModelNote>> ListAsync(string? model, CancellationToken cancel);

    /// <summary>Changes a note, or begins one; one change at a time.</summary>
    Task ChangeAsync(string model, int version, Func<ModelNote, ModelNote> change, CancellationToken cancel);
}
