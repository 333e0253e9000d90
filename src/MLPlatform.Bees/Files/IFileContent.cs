namespace MLPlatform.Bees.Files;

/// <summary>The content of a file as far as identity needs it: a plain file, or what a compressed one unpacks to.</summary>
public interface IFileContent
{
    /// <summary>Bytes there are.</summary>
    long Length { get; }

    /// <summary>Whether the content bears the mark; false where it is too short for it.</summary>
    bool Bears(Mark mark);
}
