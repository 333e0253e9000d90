namespace MLPlatform.Vlps.Tables;

/// <summary>An id that a table did not have when it was looked up.</summary>
/// <param name="Id">The id.</param>
/// <param name="Hash">Its <see cref="IdHash"/>.</param>
/// <param name="Number">Which of the caller's ids it is.</param>
/// <param name="Count">How often it occurs.</param>
internal readonly record struct AbsentId(ulong Id, ulong Hash, int Number, ushort Count);
