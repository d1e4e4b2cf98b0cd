#nullable disable
namespace Orleans.Providers;

/// <summary>
/// Takes commands: those of a stream adapter have numbers from 10000 to 19999, those of its factory from 20000 to 29999.
/// </summary>
public interface IControllable
{
    /// <summary>Carries out a command.</summary>
    Task<object> ExecuteCommand(int command, object arg);
}
